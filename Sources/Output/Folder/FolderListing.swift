import Files
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

/// The folders inside `images/`.
enum Subfolders {
  /// Visits the folder itself and those inside that are called by a number.
  ///
  /// - Parameter visit: called with the folder, and its name inside or nil.
  static func forEach(
    in path: String, visit: (FolderListing, String?) throws -> Void
  ) throws {
    try visit(FolderListing(path), nil)
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      guard name.isNumber, folder.isFolder(name) else { continue }
      try visit(FolderListing("\(path)/\(name)"), name)
    }
  }

  /// Does what writes to a folder, and makes that where it is missing; others may do the same.
  static func making<Result>(_ path: String, _ write: () throws -> Result) throws -> Result {
    do {
      return try write()
    } catch OutputError.system(_, _, ENOENT) {
      guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
        throw OutputError.system(action: "create the folder", path: path, code: errno)
      }
      return try write()
    }
  }
}
