import Compute

extension Reference {
  /// Returns the row of `table` that is nearest to each pixel, the first of equally near ones.
  static func nearestCodes(_ x: ReferenceTensor, table: Tensor) -> ReferenceTensor {
    let (codes, channels) = (table.shape[0], table.shape[1])
    var y = x
    for first in stride(from: 0, to: x.elements.count, by: channels) {
      var (nearest, least) = (0, Double.infinity)
      for code in 0..<codes {
        let distance = (0..<channels).reduce(0.0) {
          let d = x.elements[first + $1] - Double(table.elements[code * channels + $1])
          return $0 + d * d
        }
        if distance < least { (nearest, least) = (code, distance) }
      }
      for c in 0..<channels {
        y.elements[first + c] = Double(table.elements[nearest * channels + c])
      }
    }
    return y
  }
}
