import CPNG
import Hashing

extension MappedFile {
  /// The SHA-256 of the whole file in 64 hexadecimal digits; reads all of it.
  ///
  /// The checksums that a zip archive keeps of its entries are compared on the way.
  ///
  /// - Throws: `CheckpointError.badData` when an entry does not have its checksum.
  package func sha256() throws(CheckpointError) -> String {
    var digest = FileDigest(self, checksums: isArchive ? try ZipArchive(self).checksums() : [])
    return try digest.read()
  }

  /// Whether it is a zip archive, whose hash is only known to be that of an intact file once its
  /// checksums were compared.
  package var isArchive: Bool { has([0x50, 0x4b, 0x03, 0x04], at: 0) }
}

/// Reads a file once, piece by piece, for its hash and for the checksums of the entries in it.
private struct FileDigest {
  private let file: MappedFile
  /// Not yet compared, the last in the file first.
  private var pending: [ZipArchive.Checksum]
  private var hash = SHA256()
  private var checksum: UInt32 = 0
  /// Where the last entry that was compared ends.
  private var checkedEnd = 0

  /// Small enough to stay in a core's cache between the two.
  private static let pieceSize = 1 << 18

  /// - Parameter checksums: in the file's order.
  init(_ file: MappedFile, checksums: [ZipArchive.Checksum]) {
    self.file = file
    pending = checksums.reversed()
  }

  mutating func read() throws(CheckpointError) -> String {
    for start in stride(from: 0, to: file.count, by: Self.pieceSize) {
      let piece = start..<min(start + Self.pieceSize, file.count)
      hash.update(file.bytes(piece))
      try check(piece)
    }
    return hash.hexadecimal
  }

  private mutating func check(_ piece: Range<Int>) throws(CheckpointError) {
    while let entry = pending.last, entry.bytes.lowerBound < piece.upperBound {
      let part = entry.bytes.clamped(to: piece)
      // Otherwise a few bytes could be read over and over.
      guard entry.bytes.lowerBound >= checkedEnd else {
        throw file.badData("entry \(entry.entry)", "overlaps another; \(Advice.fetchAgain)")
      }
      checksum = cpng_crc32(checksum, file.bytes(part).baseAddress, part.count)
      guard entry.bytes.upperBound <= piece.upperBound else { return }
      guard checksum == entry.value else {
        throw file.badData(
          "entry \(entry.entry)",
          "its contents do not have their checksum (CRC-32); "
            + Advice.fetchAgain)
      }
      checkedEnd = entry.bytes.upperBound
      pending.removeLast()
      checksum = 0
    }
  }
}
