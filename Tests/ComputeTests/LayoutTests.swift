import Compute
import Testing

@Suite struct LayoutTests {
  @Test(arguments: all)
  func `conversion between planes and pixels is exact`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = pixels + patches

  static let patches: [OperationCase] = ElementType.allCases.flatMap { type in
    [(1, 1, 1, 4), (3, 5, 1, 3), (3, 5, 2, 8), (2, 1, 4, 3), (1, 2, 8, 5)].map {
      (height, width, size, channels) in
      let name = "from \(height)×\(width) patches of \(size)×\(size)×\(channels)"
      return OperationCase(name, type, tolerance: 0) { experiment in
        let x = experiment.input(
          height: height, width: width, channels: size * size * channels, type)
        let output = experiment.graph.planes(fromPatches: x, size: size, channels: channels)
        return .init(output: output) {
          ReferenceTensor(
            shape: output.shape,
            elements: Reference.planes(
              fromPatches: experiment.reference(x), size: size, channels: channels))
        }
      }
    }
  }

  static let pixels: [OperationCase] = [(1, 1, 3), (5, 7, 3), (8, 8, 6), (3, 17, 1)].flatMap {
    (height, width, channels) in
    [
      OperationCase("to pixels \(height)×\(width)×\(channels)", tolerance: 0) { experiment in
        let x = experiment.input(height: height, width: width, channels: channels)
        return .init(output: experiment.graph.pixels(fromPlanes: x)) {
          Reference.pixels(fromPlanes: experiment.reference(x).elements, shape: x.shape)
        }
      },
      OperationCase("to planes \(height)×\(width)×\(channels)", tolerance: 0) { experiment in
        let x = experiment.input(height: height, width: width, channels: channels)
        // A power of two, so that the product is exact.
        return .init(output: experiment.graph.planes(fromPixels: x, scale: -0.5)) {
          ReferenceTensor(
            shape: x.shape,
            elements: Reference.planes(fromPixels: experiment.reference(x), scale: -0.5))
        }
      },
    ]
  }
}
