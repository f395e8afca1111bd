import Files
import Foundation

/// The entries of a folder, one after the other. Memory does not grow with their number.
final class FolderListing {
  private let stream: OpaquePointer
  private let path: String

  /// The descriptor of the open folder, for calls relative to it.
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

  /// Returns the next name, or `nil` after the last one.
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

  /// Returns all names that `isWanted` accepts.
  func names(where isWanted: (String) -> Bool) throws -> [String] {
    var names: [String] = []
    while let name = try next() {
      if isWanted(name) { names.append(name) }
    }
    return names
  }

  /// Returns whether `name` is a folder in this folder, or a link to a folder.
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
  /// Whether this can be the name of a folder of `OutputFormat.Layout.subdirs` or `.classes`.
  var isNumber: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}

/// The folders inside `images/`.
enum Subfolders {
  /// Visits the folder itself, and the folders in it whose names are numbers.
  ///
  /// - Parameter visit: called with each folder, and its name or `nil` for the folder itself.
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

  /// Calls `write`, which writes to a folder. Creates the folder if it is missing. Other processes
  /// may do the same at the same time.
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
