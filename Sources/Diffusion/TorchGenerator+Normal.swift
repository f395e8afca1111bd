// torch's CPU randn in float32 for 16 elements and more, as its vectorised kernels compute it.
import CKernels

extension TorchGenerator {
  /// torch draws fewer normals than this by another rule, which images have no use for.
  static let fewestNormals = 16
  private static let blockSize = 16

  /// Fills the buffer with the next `torch.randn(count, generator:)`, bit for bit.
  ///
  /// - Precondition: the buffer holds `fewestNormals` elements or more.
  package mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
    let block = Self.blockSize
    precondition(
      buffer.count >= Self.fewestNormals, "\(buffer.count) elements are too few for an image")
    fillUniform(buffer)
    dmpi_box_muller(buffer.baseAddress!, Int64(buffer.count / block))
    guard buffer.count % block > 0 else { return }
    // The last block is drawn anew, over what the block before left there.
    let last = UnsafeMutableBufferPointer(rebasing: buffer[(buffer.count - block)...])
    fillUniform(last)
    dmpi_box_muller(last.baseAddress!, 1)
  }
}
