import Compute
import Testing

/// The rotary embedding of positions.
@Suite struct RotationTests {
  @Test(arguments: all)
  func `a rotation of queries and keys equals the plain loops`(
    _ operation: OperationCase
  ) throws { try operation.check() }

  private static let sizes = [(1, 1, 1, 2), (3, 5, 2, 10), (4, 4, 3, 32), (17, 3, 2, 72)]

  static let all: [OperationCase] = sizes.flatMap { height, width, heads, channels in
    ElementType.allCases.map { type in
      OperationCase("rotation of \(height)×\(width), \(heads) heads of \(channels)", type) {
        experiment in
        let qkv = experiment.input(
          height: height, width: width, channels: 3 * heads * channels, type)
        let cosines = experiment.weight(height * width, channels)
        let sines = experiment.weight(height * width, channels)
        let output = experiment.graph.rotated(
          qkv, cosines: cosines.parameter, sines: sines.parameter)
        return .init(output: output) {
          let x = experiment.reference(qkv)
          return .filled(x.shape) { image, y, column, c in
            guard c < 2 * heads * channels else { return x[image, y, column, c] }
            let place = (y * width + column) * channels + c % channels
            let other = x[image, y, column, c % 2 == 0 ? c + 1 : c - 1]
            return x[image, y, column, c] * Double(cosines.elements[place])
              + (c % 2 == 0 ? -other : other) * Double(sines.elements[place])
          }
        }
      }
    }
  }
}
