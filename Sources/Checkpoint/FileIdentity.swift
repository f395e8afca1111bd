import Foundation

/// What changes when a file, or the file of a name, changes.
package struct FileIdentity: Codable, Equatable, Sendable {
  package let device: UInt64
  package let inode: UInt64
  private let byteCount: Int
  /// Nanoseconds since 1970, of the contents and of the inode.
  private let modified: Int
  private let changed: Int

  /// A file may change twice within one tick of the clock that stamps it; so long, in seconds, its
  /// state is not told from the next.
  private static let settlingTime = 2.0

  package init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    changed = status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
  }

  /// `nil` when there is no such file.
  package init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of an open file.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Whether the last change is so long ago that the next one will show.
  package var hasSettled: Bool {
    Double(changed) / 1e9 + Self.settlingTime <= Date().timeIntervalSince1970
  }
}
