import Files
import Foundation

/// Pages at paths where a user may have a file of another program. The beginning of a page tells
/// which command wrote it.
enum MarkedPage {
  /// Whether a file does not exist, or is a regular file that begins with `mark`.
  static func mayReplace(_ path: String, mark: String) -> Bool {
    guard let kind = FileKind.at(path, followingLinks: false) else { return errno == ENOENT }
    guard kind == .file, let file = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)),
      let start = try? file.read(upToCount: mark.utf8.count)
    else { return false }
    return start == Data(mark.utf8)
  }
}
