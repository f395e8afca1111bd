import Files
import Foundation
import Synchronization

/// An image that a rank writes into the output folder itself, under a temporary name; the
/// coordinator gives it its final one.
package enum PartialImage {
  /// Two processes never take the same name, even where one of them should be dead.
  private static let token = String(UInt32.random(in: 0...(.max)), radix: 16)

  /// Files written last, which the coordinator may not want: another rank's copy may come first.
  private static let recent = Mutex<Recent>(Recent())

  private struct Recent {
    static let count = 1024
    var paths: [String] = []
    var isOver = false
  }

  /// Writes a whole PNG file.
  ///
  /// - Parameters:
  ///   - folder: the output folder.
  ///   - rank: this process's.
  /// - Returns: the path relative to `folder`, for `FinishedImage.Content.written`.
  /// - Throws: `OutputError`; nothing is left then.
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

  /// Removes a file that is not needed, such as that of an image which another rank made before.
  package static func remove(_ partial: String, folder: String) {
    if isName(partial) { unlink("\(folder)/\(partial)") }
  }

  /// Removes what this process has written and nobody wanted, when a job is complete; it writes
  /// nothing more then.
  package static func removeRecent() {
    recent.withLock { recent in
      recent.isOver = true
      for path in recent.paths { unlink(path) }
    }
  }

  /// Whether a path is one that `write` returns.
  static func isName(_ partial: String) -> Bool {
    let parts = partial.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 && parts[0] == "images" && FolderNames.isTemporaryResult(parts[1])
  }
}
