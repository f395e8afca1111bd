import Files
import Foundation

/// A failure to write to the output folder, or to read from it.
package enum OutputError: Error, Equatable, CustomStringConvertible {
  /// The folder holds `found`, a name that this program uses, but no job.json of this program.
  case folderInUse(folder: String, found: String)
  /// The folder's job.json was not written by this program.
  case foreignJob(path: String)
  /// Another process writes to the folder.
  case locked(folder: String)
  /// A path that must be a folder is something else.
  case notAFolder(path: String)
  /// A path that must be a regular file is something else.
  case notAFile(path: String, kind: FileKind)
  /// A file is too large for its purpose.
  case tooLarge(path: String, size: Int)
  /// The target of a symbolic link does not exist.
  case deadLink(path: String, target: String)
  /// A file has the name of the job's page, but is not a page of this program.
  case foreignPage(path: String)
  /// A file that a command would write exists, and was not written by that command.
  case foreignFile(path: String)
  /// A system call failed with the errno `code` while doing `action` ("create", "write", …).
  case system(action: String, path: String, code: Int32)
  /// A file is not the status of a job.
  case unreadableStatus(path: String)
  /// Pixels or text cannot be encoded as a PNG.
  case unencodable(reason: String)
  /// Bytes are not a complete 8-bit RGB or grey PNG. `path` is `nil` if they do not come from a
  /// file.
  case unreadableImage(path: String?, reason: String)

  /// What the user can do about an error. The raw values are the words of a program without
  /// options.
  package enum Advice: String {
    case anotherFolder = "choose another folder"
    case fewerFiles = "write tar files, which are fewer"
  }

  package var description: String { text(\.rawValue) }

  /// Returns the message in one line.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    let another = words(.anotherFolder)
    return switch self {
    case .folderInUse(let folder, let found):
      "the output folder \(folder) holds \(found) but no job.json of this program, so that file may "
        + "be someone else's. Nothing was changed: \(another), or move \(found) away"
    case .foreignJob(let path):
      "\(path) is damaged, or was not written by diffuse-mpi. Nothing was changed: \(another), or "
        + "move that file away"
    case .locked(let folder):
      "another job is running in the output folder \(folder): wait until it ends, or \(another)"
    case .notAFolder(let path):
      "\(path) is not a folder: \(another)"
    case .notAFile(let path, let kind):
      "\(path) is \(kind.name), not a regular file: move it away, or choose another folder"
    case .tooLarge(let path, let size):
      "\(path) has \(size) bytes, more than such a file can have"
    case .deadLink(let path, let target):
      "\(path) is a link to \(target), which does not exist: create \(target), or remove the link"
    case .foreignPage(let path):
      "\(path) was not written by this program, so it was not changed; move it away and run the "
        + "same command again to get the job's page"
    case .foreignFile(let path):
      "\(path) exists and was not written by this command, so it was not changed; \(another), or move "
        + "that file away"
    case .system(let action, let path, let code):
      "cannot \(action) \(path): \(SystemError(code).text(at: path))"
        + SystemAdvice(path: path, another: another, fewerFiles: words(.fewerFiles))
        .text(SystemError(code))
    case .unreadableStatus(let path):
      "\(path) is not the status of a job written by this program"
    case .unencodable(let reason):
      "cannot make a PNG: \(reason)"
    case .unreadableImage(let path, let reason):
      "cannot read \(path ?? "the PNG"): \(reason)"
    }
  }

  /// Returns the same error about `folder` instead of a file in it, so that all ranks and images
  /// have the same message.
  package func about(folder: String) -> OutputError {
    guard case .system(let action, _, let code) = self else { return self }
    return .system(action: action, path: folder, code: code)
  }

  /// The errno of a failed system call.
  var systemCode: Int32? {
    if case .system(_, _, let code) = self { code } else { nil }
  }
}

extension OutputError: TransientError {
  package var isTransient: Bool { systemCode.map { SystemError($0).isTransient } ?? false }
}

/// Returns the result of a system call. Adds the action and the path to its errors.
///
/// - Parameter action: `write`, `create the folder`, …
@discardableResult
func attempt<Result>(
  _ action: String, _ path: String, _ call: @autoclosure () throws(SystemError) -> Result
) throws(OutputError) -> Result {
  do {
    return try call()
  } catch {
    throw .system(action: action, path: path, code: error.code)
  }
}

/// The advice for a failed system call.
private struct SystemAdvice {
  let path: String
  /// The words for the advice to choose another folder.
  let another: String
  /// The words for the advice to write fewer files.
  let fewerFiles: String

  /// Returns what the user can do, beginning with a semicolon, or an empty text if there is no
  /// general advice.
  func text(_ error: SystemError) -> String {
    switch error.code {
    case ENOSPC where error.isLackOfInodes(at: path):
      "; it has room but cannot hold more files (see df -i): remove some there, "
        + "\(another), or \(fewerFiles)"
    case ENOSPC: "; make room there or \(another)"
    case EDQUOT: "; your quota there is used up (see quota -s): make room or \(another)"
    case EFBIG: "; \(fileSizeLimit)"
    case ENOENT where isGone:
      "; its folder was removed or its file system is gone: \(another)"
    case EACCES, ENOENT, ENOTDIR, EPERM, EROFS, ELOOP, ENAMETOOLONG: "; \(another)"
    default: ""
    }
  }

  private var fileSizeLimit: String {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    return limit.rlim_cur == rlim_t.max
      ? "the file system cannot hold a file of that size: \(another)"
      : "files are limited to \(limit.rlim_cur) bytes (see ulimit -f): raise that limit"
  }

  private var isGone: Bool { access(FilePlace(path).folder, F_OK) != 0 }
}
