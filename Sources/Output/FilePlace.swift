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
}
