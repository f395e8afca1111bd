import Glibc

/// A path as the folder that holds a file, and the file's name in it.
package struct FilePlace: Sendable, Equatable {
  /// `.` for a name alone, `/` for one at the root.
  package let folder: String
  /// Empty where the path ends with a slash.
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

  /// The path, or the nearest folder above it that exists.
  static func nearestExisting(_ path: String) -> String {
    var place = path
    while access(place, F_OK) != 0, place != "/", place != "." { place = FilePlace(place).folder }
    return place
  }
}

/// Folders and those that they lie in.
package enum Folders {
  /// A folder that could not be made.
  package struct Failure: Error {
    package let path: String
    package let error: SystemError
  }

  /// Makes a folder and those above it that are missing. Where something lies at `path`, even a file,
  /// nothing is done.
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
