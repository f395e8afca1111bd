/// A piece of a file of packed weights on its way to another process.
package struct PackedPiece: Sendable, Equatable {
  package let offset: Int
  /// The size of the whole file in bytes.
  package let fileSize: Int
  package let checksum: UInt64
  package let bytes: [UInt8]

  /// A piece that has arrived with a checksum.
  package init(offset: Int, fileSize: Int, checksum: UInt64, bytes: [UInt8]) {
    self.offset = offset
    self.fileSize = fileSize
    self.checksum = checksum
    self.bytes = bytes
  }

  /// A piece to send.
  init(offset: Int, fileSize: Int, bytes: [UInt8]) {
    self.init(
      offset: offset, fileSize: fileSize, checksum: Self.checksum(bytes), bytes: bytes)
  }

  /// Whether the bytes are those that were sent, and continue a file.
  package var isIntact: Bool {
    !bytes.isEmpty && offset >= 0 && offset < fileSize && bytes.count <= fileSize - offset
      && checksum == Self.checksum(bytes)
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes(PackedFile.checksum)
  }
}
