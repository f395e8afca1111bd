import Foundation

/// What lies at a path.
package enum FileKind: Sendable, Equatable {
  case file
  case folder
  case link
  case pipe
  case socket
  case characterDevice
  case blockDevice

  package init(_ status: stat) {
    self =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      default: .file
      }
  }

  /// Nil when nothing is there, or it cannot be looked at; `errno` tells which.
  package static func at(_ path: String, followingLinks: Bool = true) -> FileKind? {
    var status = stat()
    let found = followingLinks ? stat(path, &status) : lstat(path, &status)
    return found == 0 ? FileKind(status) : nil
  }

  /// With its article, for messages.
  package var name: String {
    switch self {
    case .file: "a file"
    case .folder: "a folder"
    case .link: "a link"
    case .pipe: "a named pipe"
    case .socket: "a socket"
    case .characterDevice, .blockDevice: "a device"
    }
  }
}

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

  /// Whether the last change is so long ago that the next one will show.
  package var isStable: Bool {
    Double(changed) / 1e9 + Self.settlingTime <= Date().timeIntervalSince1970
  }
}

/// Where a symbolic link points to.
package func linkTarget(_ path: String) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
    let count = readlink(path, buffer.baseAddress!, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
