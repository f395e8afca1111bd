import Compute

/// A batch of images, or of an autoencoder's latents, that a solver works on: planes of 32-bit
/// floats, [N, C, H, W].
///
/// The memory stays where it is for as long as the object lives, so that pointers into it can be
/// handed to networks and kernels. A pointer is valid only while something refers to the object, as
/// a function's parameter does; `values` copies elements out. The object is not safe to use from
/// several threads at a time.
package final class Latents {
  /// The shape of one image of a batch: [C, H, W].
  package struct Shape: Sendable, Equatable {
    package let channels: Int
    package let height: Int
    package let width: Int

    package init(channels: Int, height: Int, width: Int) {
      self.channels = channels
      self.height = height
      self.width = width
    }

    /// The number of elements.
    package var count: Int { channels * height * width }
  }

  /// The number of images.
  package let batch: Int
  package let shape: Shape
  /// All images, one after the other.
  package let elements: UnsafeMutableBufferPointer<Float>

  /// Creates a batch of zeros.
  package init(zeros batch: Int, _ shape: Shape) {
    self.batch = batch
    self.shape = shape
    elements = .allocate(capacity: batch * shape.count)
    elements.initialize(repeating: 0)
  }

  /// Creates a batch of zeros with the size of another one.
  package convenience init(like other: Latents) {
    self.init(zeros: other.batch, other.shape)
  }

  /// Creates a copy of a tensor [N, C, H, W].
  package convenience init(_ tensor: Tensor) {
    precondition(tensor.shape.count == 4, "a batch of images has four dimensions")
    self.init(
      zeros: tensor.shape[0],
      Shape(channels: tensor.shape[1], height: tensor.shape[2], width: tensor.shape[3]))
    _ = elements.update(from: tensor.elements)
  }

  deinit { elements.deallocate() }

  /// One image of the batch, [C, H, W].
  package subscript(image: Int) -> UnsafeMutableBufferPointer<Float> {
    let range = image * shape.count..<(image + 1) * shape.count
    return UnsafeMutableBufferPointer(rebasing: elements[range])
  }

  /// A copy of all elements.
  package var values: [Float] { Array(elements) }

  /// A copy of one image's elements.
  package func values(ofImage image: Int) -> [Float] { Array(self[image]) }

  package func copy(from other: Latents) {
    precondition(other.batch == batch && other.shape == shape, "batches of different shapes")
    _ = elements.update(from: other.elements)
  }

  /// Sets every element to that of another batch times a factor. The other batch may be this one.
  func set(to other: Latents, times factor: Float) {
    for i in elements.indices { elements[i] = factor * other.elements[i] }
  }

  /// Returns whether all elements of an image are finite.
  package func isFinite(image: Int) -> Bool {
    // The largest magnitude by its bits. Unlike a comparison of floats, this vectorises.
    var largest: UInt32 = 0
    for value in self[image] { largest = max(largest, value.magnitude.bitPattern) }
    return largest < Float.infinity.bitPattern
  }
}
