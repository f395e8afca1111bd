import Files
import Foundation

/// Keeps two jobs from one folder: a lock on the folder itself, which goes with the process that
/// holds it, however that ends, and leaves no file.
final class FolderLock: Sendable {
  private let file: OpenFile

  private static let pause = 0.1

  /// Waits for the job that has the folder, which may be about to end.
  ///
  /// Does without a lock, and says so, where the file system has none for folders, as some NFS.
  ///
  /// - Parameters:
  ///   - patience: seconds to wait.
  ///   - note: told, once, that another job is waited for, or that there are no locks.
  /// - Throws: `OutputError.locked` when it stays taken.
  init(_ path: String, patience: Double, note: (String) -> Void) throws {
    file = try attempt("open", path, try OpenFile(path, O_RDONLY | O_DIRECTORY))
    var waited = 0.0
    while true {
      do {
        try file.lock(waits: false)
        return
      } catch  where error.code != EWOULDBLOCK {
        note(
          "warning: the file system of \(path) has no locks: make sure that no other job uses that "
            + "folder")
        return
      } catch {}
      guard waited < patience else { throw OutputError.locked(folder: path) }
      if waited == 0 {
        note("another job is using \(path); waiting up to \(Int(patience.rounded(.up))) s")
      }
      Thread.sleep(forTimeInterval: Self.pause)
      waited += Self.pause
    }
  }
}
