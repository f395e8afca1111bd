/// Where the constants of a plan lie: packed weights, biases and the like.
///
/// A plan asks for them one after the other, in an order that depends on its graph alone.
package protocol ConstantStore: AnyObject {
  /// `byteCount` bytes at a multiple of 64, which stay as they are as long as the store lives.
  ///
  /// - Parameters:
  ///   - name: what they are, and how they are laid out. Not unique: a weight and its use in a
  ///     gradient may have one name and size. The place in the order tells them apart.
  ///   - fill: makes them in `byteCount` zeroed bytes; called at most once, and not at all where
  ///     they are made already.
  func constant(
    _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> UnsafeRawPointer

  /// Called once, after the last constant.
  func finish() throws
}

/// Constants in the memory of this process alone.
package final class PrivateConstants: ConstantStore {
  private var buffers: [AlignedBuffer] = []

  package init() {}

  package func constant(
    _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> UnsafeRawPointer {
    let buffer = try AlignedBuffer(byteCount: byteCount)
    try fill(buffer.base)
    buffers.append(buffer)
    return UnsafeRawPointer(buffer.base)
  }

  package func finish() {}
}
