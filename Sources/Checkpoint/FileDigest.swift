import CPNG
import Hashing

extension MappedFile {
  /// Reads the whole file and returns its SHA-256 as 64 hexadecimal digits.
  ///
  /// If the file is a zip archive, the checksums of its entries are compared as well.
  ///
  /// - Throws: `CheckpointError.badData` if the checksum of an entry is wrong.
  package func sha256() throws(CheckpointError) -> String {
    var digest = FileDigest(self, checksums: isArchive ? try ZipArchive(self).checksums() : [])
    return try digest.read()
  }

  /// Whether the file is a zip archive. The hash of an archive is that of an intact file only if
  /// the checksums in it are correct.
  package var isArchive: Bool { has([0x50, 0x4b, 0x03, 0x04], at: 0) }
}

/// Reads a file once, piece by piece, to hash it and to check the checksums of its entries.
private struct FileDigest: ~Copyable {
  private let file: MappedFile
  /// The checksums that are not yet compared. The last one in the file comes first.
  private var pending: [ZipArchive.Checksum]
  private var hash = SHA256()
  private var checksum: UInt32 = 0
  /// The end of the last entry that was compared.
  private var checkedEnd = 0

  /// Small enough to stay in a core's cache between the hash and the checksum.
  private static let pieceSize = 1 << 18

  /// - Parameter checksums: in the order of the file.
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
      // Without this check, a few bytes could be read over and over.
      guard entry.bytes.lowerBound >= checkedEnd else {
        throw file.badData("entry \(entry.entry)", "overlaps another; \(Remedy.fetchAgain)")
      }
      checksum = cpng_crc32(checksum, file.bytes(part).baseAddress, part.count)
      guard entry.bytes.upperBound <= piece.upperBound else { return }
      guard checksum == entry.value else {
        throw file.badData(
          "entry \(entry.entry)",
          "its contents do not have their checksum (CRC-32); "
            + Remedy.fetchAgain)
      }
      checkedEnd = entry.bytes.upperBound
      pending.removeLast()
      checksum = 0
    }
  }
}
