import Compute
import Testing

/// Sums of a value with something that is the same for all pixels, or for all images.
@Suite struct SumTests {
  @Test(arguments: all)
  func `a sum equals the plain loops`(_ operation: OperationCase) throws { try operation.check() }

  static let all: [OperationCase] = gated + rows + constants

  private static let sizes = [(1, 1, 1), (3, 5, 31), (8, 8, 64), (17, 3, 72)]

  static let gated: [OperationCase] = sizes.flatMap { height, width, channels in
    ElementType.allCases.flatMap { from in
      ElementType.allCases.map { type in
        OperationCase("gated sum \(height)×\(width)×\(channels) of \(from)", type) { experiment in
          let residual = experiment.input(height: height, width: width, channels: channels, type)
          let x = experiment.input(height: height, width: width, channels: channels, from)
          let rows = experiment.input(channels: channels + 9)
          let output = experiment.graph.gatedSum(residual, x, rows: rows, offset: 4)
          return .init(output: output) {
            let (x, gates) = (experiment.reference(x), experiment.reference(rows))
            return experiment.reference(residual)
              + .filled(x.shape) { image, y, column, c in
                gates[image, 0, 0, 4 + c] * x[image, y, column, c]
              }
          }
        }
      }
    }
  }

  static let rows: [OperationCase] = sizes.flatMap { height, width, channels in
    ElementType.allCases.map { type in
      OperationCase("rows added to \(height)×\(width)×\(channels)", type) { experiment in
        let x = experiment.input(height: height, width: width, channels: channels, type)
        let rows = experiment.input(channels: channels)
        return .init(output: experiment.graph.addRows(x, rows)) {
          let rows = experiment.reference(rows)
          return experiment.reference(x)
            + .filled(x.shape) { image, _, _, c in rows[image, 0, 0, c] }
        }
      }
    }
  }

  static let constants: [OperationCase] = sizes.flatMap { height, width, channels in
    ElementType.allCases.map { type in
      OperationCase("constant added to \(height)×\(width)×\(channels)", type) { experiment in
        let x = experiment.input(height: height, width: width, channels: channels, type)
        let table = experiment.weight(1, height, width, channels)
        return .init(output: experiment.graph.addConstant(x, table.parameter)) {
          experiment.reference(x)
            + .filled(x.shape) { _, y, column, c in
              Double(table.elements[(y * width + column) * channels + c])
            }
        }
      }
    }
  }
}
