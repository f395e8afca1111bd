import Foundation

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
