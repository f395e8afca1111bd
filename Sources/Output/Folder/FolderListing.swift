import Foundation

/// The entries of one folder, one after the other, whatever their number.
final class FolderListing {
  private let stream: OpaquePointer
  private let path: String

  /// Of the open folder, for calls relative to it.
  var descriptor: Int32 { dirfd(stream) }

  init(_ path: String) throws {
    guard let stream = opendir(path) else {
      throw OutputError.system(action: "list", path: path, code: errno)
    }
    self.stream = stream
    self.path = path
  }

  deinit {
    closedir(stream)
  }

  /// The next name; nil after the last.
  func next() throws -> String? {
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else {
          throw OutputError.system(action: "list", path: path, code: errno)
        }
        return nil
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { return name }
    }
  }

  /// All names that `isWanted` accepts.
  func names(where isWanted: (String) -> Bool) throws -> [String] {
    var names: [String] = []
    while let name = try next() {
      if isWanted(name) { names.append(name) }
    }
    return names
  }

  /// Whether a name is that of a folder here, or of a link to one.
  func isFolder(_ name: String) -> Bool {
    var status = stat()
    return fstatat(descriptor, name, &status, 0) == 0 && FileKind(status) == .folder
  }

  func remove(_ name: String) throws {
    guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
      throw OutputError.system(action: "remove", path: "\(path)/\(name)", code: errno)
    }
  }
}

extension String {
  /// Whether it can name a folder of `OutputFormat.Layout.subdirs` or `.classes`.
  var isNumber: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
