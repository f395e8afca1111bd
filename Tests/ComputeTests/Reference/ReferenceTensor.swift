import Compute

/// An activation in Double, [N, H, W, C].
struct ReferenceTensor: Equatable, Sendable {
  let shape: Shape
  var elements: [Double]

  init(shape: Shape, elements: [Double]) {
    precondition(elements.count == shape.count, "\(elements.count) elements are not \(shape)")
    self.shape = shape
    self.elements = elements
  }

  init(zeros shape: Shape) {
    self.init(shape: shape, elements: [Double](repeating: 0, count: shape.count))
  }

  subscript(image: Int, y: Int, x: Int, channel: Int) -> Double {
    get { elements[pixel(image, y, x) * shape.channels + channel] }
    set { elements[pixel(image, y, x) * shape.channels + channel] = newValue }
  }

  /// Returns the number of a pixel among those of all images.
  func pixel(_ image: Int, _ y: Int, _ x: Int) -> Int {
    (image * shape.height + y) * shape.width + x
  }

  func map(_ change: (Double) -> Double) -> ReferenceTensor {
    ReferenceTensor(shape: shape, elements: elements.map(change))
  }

  /// Combines two tensors of the same shape, element by element.
  func combined(
    with other: ReferenceTensor, _ change: (Double, Double) -> Double
  ) -> ReferenceTensor {
    precondition(shape == other.shape, "\(shape) and \(other.shape) differ")
    return ReferenceTensor(shape: shape, elements: zip(elements, other.elements).map(change))
  }

  static func + (a: ReferenceTensor, b: ReferenceTensor) -> ReferenceTensor {
    a.combined(with: b, +)
  }

  /// Returns a tensor whose elements are computed by `value`.
  static func filled(
    _ shape: Shape, _ value: (_ image: Int, _ y: Int, _ x: Int, _ channel: Int) -> Double
  ) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: shape)
    for image in 0..<shape.batch {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          for channel in 0..<shape.channels {
            result[image, y, x, channel] = value(image, y, x, channel)
          }
        }
      }
    }
    return result
  }
}
