// torch's CPU randn in float32 for 16 elements and more, as its vectorised kernels compute it.

extension TorchGenerator {
  /// torch draws fewer normals than this by another rule, which images have no use for.
  static let fewestNormals = 16
  private static let blockSize = 16
  /// 2π rounded to nearest; `2 * Float.pi` is rounded towards zero.
  private static let twoPi = Float(2 * Double.pi)

  /// Fills the buffer with the next `torch.randn(count, generator:)`, bit for bit.
  ///
  /// - Precondition: the buffer holds `fewestNormals` elements or more.
  package mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
    let block = Self.blockSize
    precondition(
      buffer.count >= Self.fewestNormals, "\(buffer.count) elements are too few for an image")
    fillUniform(buffer)
    for start in stride(from: 0, through: buffer.count - block, by: block) {
      Self.transformBlock(buffer.baseAddress! + start)
    }
    guard buffer.count % block > 0 else { return }
    // The last block is drawn anew, over what the blocks before left there.
    let last = UnsafeMutableBufferPointer(rebasing: buffer[(buffer.count - block)...])
    fillUniform(last)
    Self.transformBlock(last.baseAddress!)
  }

  /// Box–Muller in place: eight radii and eight angles become eight cosines and eight sines.
  private static func transformBlock(_ block: UnsafeMutablePointer<Float>) {
    for i in 0..<blockSize / 2 {
      let u1 = 1 - block[i]
      let u2 = block[i + blockSize / 2]
      let radius = (-2 * CephesMath.log(u1)).squareRoot()
      let (sine, cosine) = CephesMath.sineAndCosine(twoPi * u2)
      block[i] = radius * cosine
      block[i + blockSize / 2] = radius * sine
    }
  }
}
