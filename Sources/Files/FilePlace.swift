import Glibc

/// A path, split into the folder that holds a file and the name of the file.
package struct FilePlace: Sendable, Equatable {
  /// The folder: `.` for a name without a folder, `/` for a name in the root folder.
  package let folder: String
  /// The name, or an empty text if the path ends with a slash.
  package let name: String

  package init(_ path: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      (folder, name) = (".", path)
      return
    }
    let above = String(path[..<slash])
    folder = above.isEmpty ? "/" : above
    name = String(path[path.utf8.index(after: slash)...])
  }

  /// Returns the path, or its nearest parent folder that exists.
  static func nearestExisting(_ path: String) -> String {
    var place = path
    while access(place, F_OK) != 0, place != "/", place != "." { place = FilePlace(place).folder }
    return place
  }
}

/// Creates folders and their parents.
package enum Folders {
  /// A folder that could not be created.
  package struct Failure: Error {
    package let path: String
    package let error: SystemError
  }

  /// Creates a folder and its missing parents. Does nothing if `path` exists, even if it is a file.
  package static func make(_ path: String, permissions: mode_t) throws(Failure) {
    // Another process may make one of them in the meantime.
    if mkdir(path, permissions) == 0 || errno == EEXIST { return }
    let parent = FilePlace(path).folder
    guard errno == ENOENT, parent != path else { throw Failure(path: path, error: .last) }
    try make(parent, permissions: permissions)
    guard mkdir(path, permissions) == 0 || errno == EEXIST else {
      throw Failure(path: path, error: .last)
    }
  }
}
