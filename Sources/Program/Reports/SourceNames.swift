import Files
import Job

/// The names of the sources of a comparison.
enum SourceNames {
  /// Returns the names that the user gave, or else the last parts of the paths. If these are not
  /// all different, the names are the whole paths.
  ///
  /// - Throws: a `Failure` unless there is one name for each source.
  static func names(of paths: [String], given list: String?) throws(Failure) -> [String] {
    if let list {
      let names = ListItem.split(list).map(\.text)
      guard names.count == paths.count, !names.contains("") else {
        throw Failure(
          "--names: there are \(paths.count) sources and \(names.count) names; write one name for "
            + "each, separated by commas", status: .usage)
      }
      return names
    }
    let names = paths.map(shortName)
    return Set(names).count == names.count ? names : paths
  }

  /// Returns the last part of a path that is not empty or `.`, without the extension of an npz file.
  private static func shortName(of path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard let last = parts.last else { return path }
    return last.hasSuffix(".npz") ? String(last.dropLast(4)) : String(last)
  }
}
