import Foundation

/// A chunk of a PNG file, read without libpng (PNG specification, 5.3).
package struct PNGChunk: Equatable, Sendable {
  package let type: String
  package let data: [UInt8]
  /// Whether the stored checksum is that of type and data.
  package let isIntact: Bool

  /// Returns all chunks of a file, or `nil` if it is not a PNG file or a chunk is incomplete.
  package static func all(in png: Data) -> [PNGChunk]? {
    let bytes = [UInt8](png)
    guard bytes.starts(with: [137, 80, 78, 71, 13, 10, 26, 10]) else { return nil }
    var chunks: [PNGChunk] = []
    var place = 8
    while place < bytes.count {
      guard place + 12 <= bytes.count else { return nil }
      let length = number(bytes[place..<place + 4])
      guard place + 12 + length <= bytes.count else { return nil }
      let body = bytes[place + 4..<place + 8 + length]
      let stored = number(bytes[place + 8 + length..<place + 12 + length])
      chunks.append(
        PNGChunk(
          type: String(decoding: body.prefix(4), as: UTF8.self), data: Array(body.dropFirst(4)),
          isIntact: stored == Int(checksum(body))))
      place += 12 + length
    }
    return chunks
  }

  /// Returns a big-endian number.
  package static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  /// Returns the CRC-32 (PNG specification, annex D).
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
    }
    return ~crc
  }
}
