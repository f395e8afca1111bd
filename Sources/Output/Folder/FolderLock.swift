import Files
import Foundation

/// A lock that keeps two jobs from using one folder. It is a lock on the folder itself: it leaves
/// no file, and is released when its process ends for any reason.
final class FolderLock: Sendable {
  private let file: OpenFile

  private static let pause = 0.1

  /// Waits for another job in the folder, which may be about to end.
  ///
  /// Continues without a lock, after a warning, if the file system does not support locks on
  /// folders, as is the case with some NFS.
  ///
  /// - Parameters:
  ///   - patience: the largest number of seconds to wait.
  ///   - note: receives one message, if another job is waited for or if there are no locks.
  /// - Throws: `OutputError.locked` if the folder stays locked.
  init(_ path: String, patience: Double, note: (String) -> Void) throws {
    file = try attempt("open", path, try OpenFile(path, O_RDONLY | O_DIRECTORY))
    var waited = 0.0
    while true {
      do {
        try file.lock(waits: false)
        return
      } catch  where error.code != EWOULDBLOCK {
        note(
          "warning: the file system of \(path) does not support locks: make sure that no other job "
            + "uses that folder")
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
