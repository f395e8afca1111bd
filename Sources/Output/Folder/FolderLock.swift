import Foundation

/// Keeps two jobs from one folder: a lock on the folder itself, which goes with the process that
/// holds it, however that ends, and leaves no file.
final class FolderLock: Sendable {
  private let descriptor: Int32

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
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw OutputError.system(action: "open", path: path, code: errno)
    }
    var waited = 0.0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      guard errno == EWOULDBLOCK else {
        note(
          "warning: the file system of \(path) has no locks: make sure that no other job uses that "
            + "folder")
        return
      }
      guard waited < patience else {
        close(descriptor)
        throw OutputError.locked(folder: path)
      }
      if waited == 0 {
        note("another job is using \(path); waiting up to \(Int(patience.rounded(.up))) s")
      }
      Thread.sleep(forTimeInterval: Self.pause)
      waited += Self.pause
    }
  }

  deinit {
    close(descriptor)
  }
}
