import Synchronization

/// The files of packed weights that this process finds or reserves at the start of a job.
///
/// A process that reserves a missing file holds its lock. Of all processes that share a cache
/// folder, only one reserves a file, so the reservations tell which folders lack it. Neither hosts
/// nor file systems have to be compared.
package final class PackedReservations: Sendable {
  /// What a process knows about a file.
  package enum State: String, Codable, Sendable {
    /// The file is in the cache.
    case complete
    /// The file is missing, and this process will write it.
    case reserved
  }

  /// The states by the name of the file. Files that another process writes are missing.
  package let states: [String: State]
  private let locked: Mutex<[String: PartialFile]>

  /// Looks for files, and reserves those that are missing. Never waits.
  ///
  /// Ends at the first file that another process has reserved. The process that reserved the first
  /// missing file thus reserves the others, too, and no process holds a lock while it waits for an
  /// earlier file.
  ///
  /// - Parameter keys: the keys in the order in which the files are needed.
  package init(_ folder: CacheFolder, keys: [PackedKey]) {
    var states: [String: State] = [:]
    var locked: [String: PartialFile] = [:]
    for key in keys where states[key.fileName] == nil {
      let path = folder.path(of: key)
      if (try? PackedFile.contents(ofFileAt: path))?.key == key {
        states[key.fileName] = .complete
      } else if (try? folder.make()) != nil,
        let partial = try? PartialFile.lock("\(path).partial", waits: false)
      {
        states[key.fileName] = .reserved
        locked[key.fileName] = partial
      } else {
        break
      }
    }
    self.states = states
    self.locked = Mutex(locked)
  }

  /// Returns the locked file that was reserved under a name, once.
  func take(_ name: String) -> PartialFile? {
    locked.withLock { $0.removeValue(forKey: name) }
  }

  /// Releases the locks of the files that were not taken.
  func release() {
    locked.withLock { $0 = [:] }
  }
}
