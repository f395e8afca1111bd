import Foundation

/// Why something could not be written to, or read back from, the output folder.
package enum OutputError: Error, Equatable, CustomStringConvertible {
  /// The folder holds `found`, a file of an earlier job.
  case folderInUse(folder: String, found: String)
  /// A path that must be a folder is something else.
  case notAFolder(path: String)
  /// A system call failed with the errno `code` while doing `action` ("create", "write", …).
  case system(action: String, path: String, code: Int32)
  /// Pixels or text that cannot be made into a PNG.
  case unencodable(reason: String)
  /// Bytes that are not a whole 8-bit RGB PNG; `path` is nil when they did not come from a file.
  case unreadableImage(path: String?, reason: String)

  package var description: String {
    switch self {
    case .folderInUse(let folder, let found):
      "the output folder \(folder) already holds another job's \(found); nothing was overwritten: "
        + "choose another --out, or move that folder away"
    case .notAFolder(let path):
      "\(path) is not a folder: choose another --out"
    case .system(let action, let path, let code):
      "cannot \(action) \(path): \(String(cString: strerror(code)))\(Self.advice(for: code))"
    case .unencodable(let reason):
      "cannot make a PNG: \(reason)"
    case .unreadableImage(let path, let reason):
      "cannot read \(path ?? "the PNG"): \(reason)"
    }
  }

  private static func advice(for code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "; make room there or choose another --out"
    case EACCES, ENOENT, ENOTDIR, EPERM, EROFS: "; choose another --out"
    default: ""
    }
  }
}
