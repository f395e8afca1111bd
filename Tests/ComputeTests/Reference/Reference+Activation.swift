import Compute
import Foundation

extension Reference {
  /// x·sigmoid(x)
  static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

  /// The derivative of x·sigmoid(x).
  static func siluSlope(_ x: Double) -> Double {
    let s = 1 / (1 + exp(-x))
    return s + x * s * (1 - s)
  }

  static func relu(_ x: ReferenceTensor) -> ReferenceTensor { x.map { max($0, 0) } }

  /// Returns `dy` where `x` is positive, and 0 elsewhere.
  static func reluBackward(_ dy: ReferenceTensor, x: ReferenceTensor) -> ReferenceTensor {
    dy.combined(with: x) { $1 > 0 ? $0 : 0 }
  }
}
