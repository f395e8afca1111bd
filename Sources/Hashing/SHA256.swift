import CKernels

/// The SHA-256 hash of a sequence of bytes (FIPS 180-4), which may be added in several parts.
package struct SHA256 {
  /// The eight words of the chaining value H.
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]

  /// The bytes after the last complete block, fewer than 64.
  private var tail: [UInt8] = []
  private var byteCount = 0

  package init() {}

  /// Returns the hash of `bytes` as 64 hexadecimal digits.
  package static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexadecimal
  }

  /// Appends `bytes` to the sequence.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += bytes.count
    var rest = bytes
    if !tail.isEmpty {
      let missing = min(64 - tail.count, rest.count)
      tail += rest[..<missing]
      rest = UnsafeRawBufferPointer(rebasing: rest[missing...])
      guard tail.count == 64 else { return }
      tail.withUnsafeBytes { absorb($0) }
    }
    let whole = rest.count / 64 * 64
    absorb(UnsafeRawBufferPointer(rebasing: rest[..<whole]))
    tail = [UInt8](rest[whole...])
  }

  /// Appends the bytes of `number`, least significant first.
  package mutating func update(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { update($0) }
  }

  /// Appends `text` in UTF-8.
  package mutating func update(_ text: String) {
    Array(text.utf8).withUnsafeBytes { update($0) }
  }

  /// The hash of the sequence so far, as 64 hexadecimal digits.
  package var hexadecimal: String {
    var hash = self
    // Padding (5.1.1): a one bit, zeros, and the length of the message in bits.
    var tail = tail + [0x80]
    tail += [UInt8](repeating: 0, count: (120 - tail.count) % 64)
    withUnsafeBytes(of: (UInt64(byteCount) * 8).bigEndian) { tail += $0 }
    tail.withUnsafeBytes { hash.absorb($0) }
    return hash.state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Absorbs a multiple of 64 bytes.
  private mutating func absorb(_ blocks: UnsafeRawBufferPointer) {
    roundConstants.withUnsafeBufferPointer { constants in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
        state.withUnsafeMutableBufferPointer { state in
          let accelerated = dmpi_sha256(
            state.baseAddress, blocks.baseAddress?.assumingMemoryBound(to: UInt8.self),
            Int64(blocks.count / 64), constants.baseAddress)
          guard accelerated == 0 else { return }
          for start in stride(from: 0, to: blocks.count, by: 64) {
            Self.expand(blocks.baseAddress! + start, into: schedule.baseAddress!)
            Self.compress(state.baseAddress!, schedule.baseAddress!, constants.baseAddress!)
          }
        }
      }
    }
  }

  /// The message schedule W of one block (6.2.2, step 1).
  @inline(__always)
  private static func expand(_ block: UnsafeRawPointer, into w: UnsafeMutablePointer<UInt32>) {
    for t in 0..<16 {
      w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: t &* 4, as: UInt32.self))
    }
    for t in 16..<64 {
      let s0 = rotate(w[t &- 15], 7) ^ rotate(w[t &- 15], 18) ^ (w[t &- 15] >> 3)
      let s1 = rotate(w[t &- 2], 17) ^ rotate(w[t &- 2], 19) ^ (w[t &- 2] >> 10)
      w[t] = s1 &+ w[t &- 7] &+ s0 &+ w[t &- 16]
    }
  }

  /// The 64 rounds of one block (6.2.2, steps 2 to 4).
  @inline(__always)
  private static func compress(
    _ state: UnsafeMutablePointer<UInt32>, _ w: UnsafePointer<UInt32>,
    _ k: UnsafePointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for t in 0..<64 {
      let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let choice = (e & f) ^ (~e & g)
      let t1 = h &+ sum1 &+ choice &+ k[t] &+ w[t]
      let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ sum0 &+ majority)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  @inline(__always)
  private static func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { (x &>> n) | (x &<< (32 &- n)) }
}

/// K: the first 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2).
private let roundConstants: [UInt32] = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
  0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
  0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
  0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
  0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
  0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
  0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
  0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
  0xc671_78f2,
]
