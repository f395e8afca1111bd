/// A dense array of 32-bit floats in row-major order, with its shape.
///
/// The host-side value of weights, inputs and results. Activations inside a network live in a
/// `Plan`'s arena instead, where they may be bfloat16.
package struct Tensor: Sendable, Equatable {
  /// Outermost dimension first; a scalar has shape `[]`.
  package var shape: [Int]
  /// Row-major; `elements.count` is the product of `shape`.
  package var elements: [Float]

  package init(shape: [Int], elements: [Float]) {
    precondition(
      elements.count == shape.reduce(1, *),
      "a tensor of shape \(shape) does not have \(elements.count) elements")
    self.shape = shape
    self.elements = elements
  }

  package init(zeros shape: [Int]) {
    self.init(shape: shape, elements: [Float](repeating: 0, count: shape.reduce(1, *)))
  }

  package var count: Int { elements.count }

  /// Whether no element is NaN or infinite.
  package var isFinite: Bool {
    elements.withUnsafeBufferPointer { buffer in
      // The largest magnitude, by its bits: unlike a sum of floats, this vectorises.
      var largest: UInt32 = 0
      for value in buffer { largest = max(largest, value.magnitude.bitPattern) }
      return largest < Float.infinity.bitPattern
    }
  }
}
