import Foundation

extension Reference {
  /// x·(1 + erf(x/√2))/2
  static func gelu(_ x: Double) -> Double { x * erfc(-x / 2.0.squareRoot()) / 2 }

  /// x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2
  static func geluByTanh(_ x: Double) -> Double {
    x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }

  /// Returns `combine(a, b)` for the two halves a and b of the channels of each pixel.
  static func gatedUnit(
    _ x: ReferenceTensor, _ combine: (Double, Double) -> Double
  ) -> ReferenceTensor {
    var shape = x.shape
    shape.channels /= 2
    return .filled(shape) { image, y, column, c in
      combine(x[image, y, column, c], x[image, y, column, shape.channels + c])
    }
  }
}
