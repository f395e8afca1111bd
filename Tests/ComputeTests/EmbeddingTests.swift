import Compute
import Testing

@Suite struct EmbeddingTests {
  @Test(arguments: all)
  func `an embedding equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  /// In f32, as in PyTorch, an angle of up to 1000 radians is accurate to 6e-5.
  private static let angleTolerance = 1e-4

  static let all: [OperationCase] =
    [
      (2, Sinusoids()), (31, Sinusoids()), (32, Sinusoids()), (129, Sinusoids()),
      (32, Sinusoids(sinesFirst: true, shift: 1)), (7, Sinusoids(sinesFirst: true, shift: 0)),
      (64, Sinusoids(sinesFirst: false, shift: 1)),
    ].map { channels, sinusoids in
      let name = "timestep to \(channels), shift \(sinusoids.shift)"
      return OperationCase(name, tolerance: angleTolerance) { experiment in
        let t = experiment.timesteps()
        let output = experiment.graph.timestepEmbedding(t, channels: channels, sinusoids)
        return .init(output: output) {
          Reference.timestepEmbedding(experiment.reference(t), channels: channels, sinusoids)
        }
      }
    }
    + [(1, 1), (10, 31), (1000, 128)].map { classes, channels in
      OperationCase("label of \(classes) to \(channels)", tolerance: 0) { experiment in
        let labels = experiment.labels(below: classes)
        let table = experiment.weight(classes, channels)
        let output = experiment.graph.labelEmbedding(labels, table: table.parameter)
        return .init(output: output) {
          Reference.labelEmbedding(experiment.reference(labels), table: table.tensor)
        }
      }
    }
}
