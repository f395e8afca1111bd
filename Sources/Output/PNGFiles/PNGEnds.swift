import Foundation

/// Checks whether a PNG file is complete by its first and last bytes (PNG specification, 5.2 and
/// 11.2.5), because decoding a million files takes minutes.
enum PNGEnds {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The complete IEND chunk, with its checksum.
  static let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]
  /// Signature, IHDR, an IDAT chunk with at least its header and checksum, and IEND.
  private static let leastSize = 8 + 25 + 12 + 12

  /// Returns whether `size` bytes of an open file, from `offset` on, are a complete PNG file.
  static func isComplete(_ descriptor: Int32, offset: Int = 0, size: Int) -> Bool {
    size >= leastSize
      && holds(signature, descriptor, at: offset)
      && holds(end, descriptor, at: offset + size - end.count)
  }

  /// Returns whether the file with this name in an open folder is a complete PNG file, or a link to
  /// one.
  static func isComplete(_ name: String, in folder: Int32) -> Bool {
    let file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return false }
    defer { close(file) }
    var status = stat()
    return fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && isComplete(file, size: Int(status.st_size))
  }

  private static func holds(_ bytes: [UInt8], _ descriptor: Int32, at offset: Int) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 1) { buffer in
      pread(descriptor, buffer.baseAddress, bytes.count, off_t(offset)) == bytes.count
        && bytes.withUnsafeBytes { memcmp($0.baseAddress!, buffer.baseAddress!, bytes.count) } == 0
    }
  }
}
