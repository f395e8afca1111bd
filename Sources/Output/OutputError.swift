import Foundation

/// Why something could not be written to, or read back from, the output folder.
package enum OutputError: Error, Equatable, CustomStringConvertible {
  /// The folder holds `found`, but no job.json that would say what it belongs to.
  case folderInUse(folder: String, found: String)
  /// Another process writes to the folder.
  case locked(folder: String)
  /// A path that must be a folder is something else.
  case notAFolder(path: String)
  /// A file that has the name of the job's page, but is not a page of this program.
  case foreignPage(path: String)
  /// A system call failed with the errno `code` while doing `action` ("create", "write", …).
  case system(action: String, path: String, code: Int32)
  /// A file that is no status of a job.
  case unreadableStatus(path: String)
  /// Pixels or text that cannot be made into a PNG.
  case unencodable(reason: String)
  /// Bytes that are not a whole 8-bit RGB or grey PNG; `path` is nil when they did not come from a file.
  case unreadableImage(path: String?, reason: String)

  package var description: String {
    switch self {
    case .folderInUse(let folder, let found):
      "the output folder \(folder) already holds \(found), but no job.json that tells what it "
        + "belongs to; nothing was overwritten: choose another --out, or move that folder away"
    case .locked(let folder):
      "another job is running in the output folder \(folder): wait for its end, or choose another "
        + "--out"
    case .notAFolder(let path):
      "\(path) is not a folder: choose another --out"
    case .foreignPage(let path):
      "\(path) was not written by this program, so it was left as it is; move it away and run the "
        + "same command again to get the job's page"
    case .system(let action, let path, let code):
      "cannot \(action) \(path): \(String(cString: strerror(code)))\(Self.advice(for: code))"
    case .unreadableStatus(let path):
      "\(path) is not the status of a job, as this program writes it"
    case .unencodable(let reason):
      "cannot make a PNG: \(reason)"
    case .unreadableImage(let path, let reason):
      "cannot read \(path ?? "the PNG"): \(reason)"
    }
  }

  /// The same without the file's own name, so that all ranks and images say it in the same words.
  package func about(folder: String) -> OutputError {
    guard case .system(let action, _, let code) = self else { return self }
    return .system(action: action, path: folder, code: code)
  }

  /// Whether what failed may succeed later: when somebody makes room on a full disk, a file system
  /// comes back, or a ticket is renewed.
  package var mayPass: Bool {
    guard case .system(_, _, let code) = self else { return false }
    let passing = [
      ENOSPC, EDQUOT, EROFS, EIO, ESTALE, ENOTCONN, EAGAIN, ENFILE, EMFILE, ETIMEDOUT, EINTR,
      ENOMEM, ENOBUFS, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, EBUSY, EACCES, EKEYEXPIRED,
    ]
    return passing.contains(code)
  }

  private static func advice(for code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "; make room there or choose another --out"
    case EACCES, ENOENT, ENOTDIR, EPERM, EROFS: "; choose another --out"
    default: ""
    }
  }
}
