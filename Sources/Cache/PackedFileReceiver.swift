import Files
import Foundation

/// Writes a file of packed weights that another process sends.
struct PackedFileReceiver {
  let key: PackedKey
  let folder: CacheFolder
  let offers: PackedOffers
  let arrivals: PackedArrivals

  /// Receives the file, offers it while it arrives, checks it, and moves it to its final path.
  ///
  /// - Parameter partial: the locked file to write to.
  /// - Returns: whether the file is complete. If not, the caller has to pack the weights. Processes
  ///   that already have the beginning of the file can continue with that one, because equal keys
  ///   mean equal bytes.
  /// - Throws: an error if the file cannot be written.
  func receive(into partial: PartialFile) throws(CacheError) -> Bool {
    arrivals.begin(key.fileName)
    defer { arrivals.end() }
    try partial.resize(to: 0)
    var written = 0
    while let piece = arrivals.next() {
      if written == 0 { try partial.reserve(piece.fileSize) }
      try partial.write(piece.bytes, at: written)
      written += piece.bytes.count
      if written == piece.fileSize {
        guard try isCorrect(partial, size: written) else { break }
      }
      offers.offer(key.fileName, partial.file, available: written, size: piece.fileSize)
      arrivals.haveWritten(written)
      if written == piece.fileSize { return try keep(partial) }
    }
    offers.postpone(key.fileName)
    return false
  }

  /// Compares the table of contents and all checksums.
  private func isCorrect(_ partial: PartialFile, size: Int) throws(CacheError) -> Bool {
    let mapping = try partial.mapForReading(size)
    return withExtendedLifetime(mapping) {
      guard let contents = PackedFile.contents(mapping.bytes), contents.key == key else {
        return false
      }
      return contents.blocks.allSatisfy { $0.isIntact(in: mapping.bytes) }
    }
  }

  private func keep(_ partial: PartialFile) throws(CacheError) -> Bool {
    let identity = try partial.move(to: folder.path(of: key))
    FileFacts(folder).store(MappedConstants.intact, of: identity)
    return true
  }
}
