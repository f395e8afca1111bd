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
    [2, 31, 32, 129].map { channels in
      OperationCase("timestep to \(channels)", tolerance: angleTolerance) { experiment in
        let t = experiment.timesteps()
        return .init(output: experiment.graph.timestepEmbedding(t, channels: channels)) {
          Reference.timestepEmbedding(experiment.reference(t), channels: channels)
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
