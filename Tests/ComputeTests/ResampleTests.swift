import Compute
import Testing

@Suite struct ResampleTests {
  @Test(arguments: all)
  func `resampling equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = ElementType.allCases.flatMap { type in
    [(2, 2), (3, 5), (8, 7), (17, 2)].flatMap { height, width in
      [1, 3].flatMap { batch in
        [
          OperationCase("down \(height)×\(width)", type, batch: batch) { experiment in
            let x = experiment.input(height: height, width: width, channels: 31, type)
            return .init(output: experiment.graph.downsampled(x)) {
              Reference.downsampled(experiment.reference(x))
            }
          },
          OperationCase("up \(height)×\(width)", type, batch: batch) { experiment in
            let x = experiment.input(height: height, width: width, channels: 31, type)
            return .init(output: experiment.graph.upsampled(x)) {
              Reference.upsampled(experiment.reference(x))
            }
          },
          OperationCase("gradient of down \(height)×\(width)", type, batch: batch) { experiment in
            let dy = experiment.input(height: height, width: width, channels: 31, type)
            return .init(output: experiment.graph.upsampled(dy, scale: 0.25)) {
              Reference.upsampled(experiment.reference(dy), scale: 0.25)
            }
          },
        ]
      }
    }
  }
}
