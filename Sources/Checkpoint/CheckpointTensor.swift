import Compute

/// A tensor of a network: a stored tensor, or several that follow each other along the first
/// dimension.
package struct CheckpointTensor: Sendable {
  package let name: String
  /// The shape, outermost dimension first. The shape of a scalar is `[]`.
  package let shape: [Int]
  /// The tensors in the file, at least one.
  package let parts: [StoredTensor]

  init(_ stored: StoredTensor) {
    (name, shape, parts) = (stored.name, stored.shape, [stored])
  }

  /// - Parameter parts: at least one tensor. Together they have as many elements as `shape`.
  init(name: String, shape: [Int], parts: [StoredTensor]) {
    (self.name, self.shape, self.parts) = (name, shape, parts)
  }

  /// The element type in the file.
  package var scalarType: ScalarType { parts[0].scalarType }
  /// The number of elements.
  package var count: Int { parts.reduce(0) { $0 + $1.count } }

  /// Returns the elements as 32-bit floats in row-major order.
  ///
  /// - Throws: the errors of `StoredTensor.tensor()`.
  package func tensor() throws(CheckpointError) -> Tensor {
    var elements = try parts[0].tensor().elements
    for part in parts.dropFirst() { elements += try part.tensor().elements }
    return Tensor(shape: shape, elements: elements)
  }
}
