/// The storage of the constants of a plan: packed weights, biases and similar data.
///
/// A plan requests them one after the other, in an order that depends only on its graph.
package protocol ConstantStore: AnyObject {
  /// Returns `byteCount` bytes at a multiple of 64. They do not change while the store is alive.
  ///
  /// - Parameters:
  ///   - name: the name and layout of the constant. It is not unique: a weight and its use in a
  ///     gradient may have the same name and size. The position in the order distinguishes them.
  ///   - fill: writes the constant into `byteCount` zeroed bytes. Called at most once, and not at
  ///     all if the constant exists already.
  func constant(
    _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> UnsafeRawPointer

  /// Called once, after the last constant.
  func finish() throws
}

/// Constants in the private memory of this process.
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
