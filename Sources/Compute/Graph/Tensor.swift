/// A dense array of 32-bit floats in row-major order, with its shape.
///
/// It holds weights, inputs and results. Activations inside a network are in the memory of a `CompiledGraph`
/// instead, and may be bfloat16.
package struct Tensor: Sendable, Equatable {
  /// The shape, outermost dimension first. The shape of a scalar is `[]`.
  package var shape: [Int]
  /// The elements in row-major order. Their number is the product of `shape`.
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

  /// Whether all elements are finite.
  package var isFinite: Bool {
    elements.withUnsafeBufferPointer { buffer in
      // The largest magnitude by its bits. Unlike a sum of floats, this vectorises.
      var largest: UInt32 = 0
      for value in buffer { largest = max(largest, value.magnitude.bitPattern) }
      return largest < Float.infinity.bitPattern
    }
  }
}
