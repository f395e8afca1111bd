import Foundation

/// The format of a file of packed weights: a header of 64 bytes, the blocks, each at a multiple of
/// 64 bytes, and at the end the table of contents as JSON.
///
/// The header has a signature, then the offset, length and checksum of the table as 64-bit
/// little-endian integers.
package enum PackedFile {
  /// The table of contents.
  package struct Contents: Codable, Equatable, Sendable {
    /// The name of the checkpoint, for display.
    package var title: String
    /// The path of the checkpoint when it was packed, or `nil` in files of earlier versions.
    package var path: String?
    package var key: PackedKey
    /// The blocks in the order in which a plan requests them.
    package var blocks: [Block]
  }

  /// A constant.
  package struct Block: Codable, Equatable, Sendable {
    var name: String
    var offset: Int
    var byteCount: Int
    var checksum: UInt64
  }

  static let headerSize = 64
  private static let signature = Array("DMPIWTS1".utf8)
  private static let longestContents = 64 << 20

  /// Returns the smallest multiple of 64 that is not less than `offset`.
  static func aligned(_ offset: Int) -> Int { (offset + 63) & ~63 }

  // MARK: - Writing

  /// Returns the first 64 bytes of a file with its table of contents at `offset`.
  package static func header(contents: Data, at offset: Int) -> [UInt8] {
    let checksum = contents.withUnsafeBytes(Self.checksum)
    let fields = [UInt64(offset), UInt64(contents.count), checksum]
    let bytes = signature + fields.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
    return bytes + [UInt8](repeating: 0, count: headerSize - bytes.count)
  }

  // MARK: - Reading

  /// Returns the table of contents of a file with these bytes, or `nil` unless the table is
  /// complete, ends the file, and follows all blocks.
  static func contents(_ bytes: UnsafeRawBufferPointer) -> Contents? {
    guard bytes.count >= headerSize, bytes.starts(with: signature) else { return nil }
    let fields = (1...3).map {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
    }
    guard let offset = Int(exactly: fields[0]), let count = Int(exactly: fields[1]),
      (headerSize...bytes.count).contains(offset), count == bytes.count - offset,
      count <= longestContents
    else { return nil }
    let json = UnsafeRawBufferPointer(rebasing: bytes[offset...])
    guard checksum(json) == fields[2],
      let contents = try? JSONDecoder().decode(Contents.self, from: Data(json)),
      contents.blocks.allSatisfy({ $0.lies(between: headerSize, and: offset) })
    else { return nil }
    return contents
  }

  /// Reads only the table of contents.
  static func contents(ofFileAt path: String) throws(CacheError) -> Contents {
    let mapping = try ReadOnlyMapping(path)
    guard let contents = contents(mapping.bytes) else { throw .damaged(path: path) }
    return contents
  }

  /// Returns Fletcher's checksum: the sums of the words and the sums of those sums, in eight
  /// parallel lanes.
  ///
  /// It detects damage by disks and crashes, and is as fast as reading memory.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var (sum, sumOfSums) = (SIMD8<UInt64>(), SIMD8<UInt64>())
    func add(_ words: SIMD8<UInt64>) {
      sum &+= words
      sumOfSums &+= sum
    }
    let whole = bytes.count / 64 * 64
    for offset in stride(from: 0, to: whole, by: 64) {
      add(bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self))
    }
    var rest = SIMD8<UInt64>()
    withUnsafeMutableBytes(of: &rest) { $0.copyBytes(from: bytes[whole...]) }
    add(rest)
    // FNV-1a's prime and a rotation spread the sixteen sums over one word. A flip of the top bits
    // in both kinds of sum must not cancel out.
    return (0..<8).flatMap { [sum[$0], sumOfSums[$0]] }.reduce(UInt64(bytes.count)) { hash, word in
      let product = (hash ^ word) &* 0x100_0000_01b3
      return product << 32 | product >> 32
    }
  }
}

extension PackedFile.Block {
  /// Returns whether the block has its checksum in a file with these bytes.
  func isIntact(in file: UnsafeRawBufferPointer) -> Bool {
    checksum == PackedFile.checksum(.init(rebasing: file[offset..<offset + byteCount]))
  }

  fileprivate func lies(between first: Int, and end: Int) -> Bool {
    offset % 64 == 0 && offset >= first && byteCount >= 0 && offset <= end
      && byteCount <= end - offset
  }
}
