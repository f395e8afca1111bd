import Files
import Foundation
import Job

/// The folders of the slices of a job: `slices/03-of-50` and so on in the job's folder. Each is the
/// folder of a job.
package enum SliceFolders {
  private static let name = "slices"

  /// Returns the folder of a slice, or `folder` itself for a job that makes its whole plan.
  package static func path(of slice: PlanSlice?, in folder: String) -> String {
    slice.map { "\(folder)/\(name)/\(folderName(of: $0))" } ?? folder
  }

  /// Returns the slices that a folder contains, with their paths, in order. Folders without a
  /// job.json are skipped.
  package static func all(in folder: String) throws -> [(slice: PlanSlice, path: String)] {
    try named(in: folder).filter { holdsJob($0.path) }
  }

  /// Returns the first slice, or one with another number of parts than `count` if there is one.
  package static func neighbour(
    of slice: PlanSlice, in folder: String
  ) throws -> (slice: PlanSlice, path: String)? {
    let others = try named(in: folder).filter { $0.slice != slice }
    return others.first { $0.slice.count != slice.count && holdsJob($0.path) }
      ?? others.first { holdsJob($0.path) }
  }

  /// Returns whether a folder contains a slice.
  package static func exist(in folder: String) throws -> Bool {
    try named(in: folder).contains { holdsJob($0.path) }
  }

  /// Removes the folder of slices, and that of a slice, if they are empty.
  static func removeEmpty(_ slice: String) {
    rmdir(slice)
    let parent = FilePlace(slice).folder
    if FilePlace(parent).name == name { rmdir(parent) }
  }

  /// Removes the empty folders that a killed merge left.
  package static func removeEmpty(in folder: String) throws {
    for (_, path) in try named(in: folder) { rmdir(path) }
    rmdir("\(folder)/\(name)")
  }

  private static func named(in folder: String) throws -> [(slice: PlanSlice, path: String)] {
    let path = "\(folder)/\(name)"
    guard FileKind.at(path) == .folder else { return [] }
    return try FolderListing(path).names { Self.slice(ofFolder: $0) != nil }
      .map { (Self.slice(ofFolder: $0)!, "\(path)/\($0)") }
      .sorted { ($0.0.count, $0.0.number) < ($1.0.count, $1.0.number) }
  }

  private static func holdsJob(_ path: String) -> Bool {
    access("\(path)/\(FolderNames.job)", F_OK) == 0
  }

  /// Returns a name such as `03-of-50`, with zeros so that the names sort.
  private static func folderName(of slice: PlanSlice) -> String {
    let (number, count) = (String(slice.number), String(slice.count))
    return String(repeating: "0", count: count.count - number.count) + "\(number)-of-\(count)"
  }

  private static func slice(ofFolder name: String) -> PlanSlice? {
    guard let match = name.wholeMatch(of: /([0-9]+)-of-([0-9]+)/), let number = Int(match.1),
      let count = Int(match.2), let slice = PlanSlice(number, of: count),
      folderName(of: slice) == name
    else { return nil }
    return slice
  }
}
