// torch.Generator("cpu"): Matsumoto and Nishimura's MT19937, torch's uniforms, and its randn on the
// CPU in float32 for at least 16 elements, as computed by its vectorised kernels.
import CKernels

/// The random numbers of `torch.Generator("cpu").manual_seed(seed)`.
package struct TorchGenerator: Sendable {
  private static let wordCount = 624
  private static let middle = 397

  private var words: [UInt32]
  /// The index of the next word, or `wordCount` if all words are used.
  private var position = wordCount

  /// Only the low 32 bits of the seed are used.
  package init(seed: UInt64) {
    var word = UInt32(truncatingIfNeeded: seed)
    words = (0..<UInt32(Self.wordCount)).map { index in
      if index > 0 { word = 1_812_433_253 &* (word ^ word >> 30) &+ index }
      return word
    }
  }

  /// Fills the buffer with uniforms of 24 bits, in [0, 1).
  mutating func fillUniform(_ buffer: UnsafeMutableBufferPointer<Float>) {
    var filled = 0
    while filled < buffer.count {
      if position == Self.wordCount { regenerate() }
      let taken = min(Self.wordCount - position, buffer.count - filled)
      words.withUnsafeBufferPointer { words in
        for i in 0..<taken {
          let bits = Self.tempered(words[position + i]) & 0xFF_FFFF
          // Signed, because every vector unit converts signed integers directly.
          buffer[filled + i] = Float(Int32(bitPattern: bits)) * 0x1p-24
        }
      }
      position += taken
      filled += taken
    }
  }

  private static func tempered(_ word: UInt32) -> UInt32 {
    var word = word
    word ^= word >> 11
    word ^= word << 7 & 0x9D2C_5680
    word ^= word << 15 & 0xEFC6_0000
    return word ^ word >> 18
  }

  private mutating func regenerate() {
    words.withUnsafeMutableBufferPointer { words in
      func twist(_ i: Int, next: Int, from: Int) {
        let mixed = words[i] & 0x8000_0000 | words[next] & 0x7FFF_FFFF
        words[i] = words[from] ^ mixed >> 1 ^ (mixed & 1 == 0 ? 0 : 0x9908_B0DF)
      }
      let rest = Self.wordCount - Self.middle
      for i in 0..<rest { twist(i, next: i + 1, from: i + Self.middle) }
      for i in rest..<Self.wordCount - 1 { twist(i, next: i + 1, from: i - rest) }
      twist(Self.wordCount - 1, next: 0, from: Self.middle - 1)
    }
    position = 0
  }
}

extension TorchGenerator {
  /// For fewer normals, torch uses another algorithm, which images do not need.
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
    // The last block is drawn again, and overwrites the end of the previous block.
    let last = UnsafeMutableBufferPointer(rebasing: buffer[(buffer.count - block)...])
    fillUniform(last)
    dmpi_box_muller(last.baseAddress!, 1)
  }
}
