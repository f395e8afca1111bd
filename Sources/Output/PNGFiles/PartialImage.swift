import Files
import Foundation
import Synchronization

/// An image that a rank itself writes to the output folder under a temporary name. The coordinator
/// then gives it its final name.
package enum PartialImage {
  /// A token that keeps two processes from using the same name, even if one of them is considered
  /// dead.
  private static let token = String(UInt32.random(in: 0...(.max)), radix: 16)

  /// The files that were written last. The coordinator may not need them, because another rank's
  /// copy may arrive first.
  private static let recent = Mutex<Recent>(Recent())

  private struct Recent {
    static let count = 1024
    var paths: [String] = []
    var isOver = false
  }

  /// Writes a complete PNG file.
  ///
  /// - Parameters:
  ///   - folder: the output folder.
  ///   - rank: the rank of this process.
  /// - Returns: the path relative to `folder`, for `FinishedImage.Content.written`.
  /// - Throws: `OutputError`. No file is left in that case.
  package static func write(
    _ png: [UInt8], index: Int, folder: String, rank: Int
  ) throws -> String {
    let name = TemporaryName.of(ImageRecord.fileName(index: index), token: "\(rank)-\(token)")
    let partial = "images/\(name)"
    let path = "\(folder)/\(partial)"
    do {
      try recent.withLock { recent in
        // The process is about to end.
        guard !recent.isOver else {
          throw OutputError.system(action: "write", path: path, code: ECANCELED)
        }
        recent.paths.append(path)
        if recent.paths.count > 2 * Recent.count { recent.paths.removeFirst(Recent.count) }
        let writer = try FileWriter(
          creating: path, shownAs: "\(folder)/images/\(ImageRecord.fileName(index: index))")
        try writer.write(png)
        try writer.close()
      }
    } catch {
      unlink(path)
      throw error
    }
    return partial
  }

  /// Removes a file that is not needed, for example because another rank generated the image first.
  package static func remove(_ partial: String, folder: String) {
    if isName(partial) { unlink("\(folder)/\(partial)") }
  }

  /// Removes the recent files that were not needed. Called when a job is complete; later writes
  /// fail.
  package static func removeRecent() {
    recent.withLock { recent in
      recent.isOver = true
      for path in recent.paths { unlink(path) }
    }
  }

  /// Returns whether a path can be a result of `write`.
  static func isName(_ partial: String) -> Bool {
    let parts = partial.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 && parts[0] == "images" && FolderNames.isTemporaryResult(parts[1])
  }
}
