import Files
import Foundation

/// The folder of what can be made again at any time: packed weights, and hashes of checkpoints.
///
/// Anything in it may be removed at any time, by hand too, while jobs run.
package struct CacheFolder: Equatable, Sendable {
  package let path: String
  /// Bytes that packed weights may take; those used least recently are removed when others come.
  package let limit: Int?

  /// A file in the folder.
  package struct Entry: Equatable, Sendable {
    /// The file's name.
    package let name: String
    package let byteCount: Int
    package let lastUsed: Date
    /// What it was made from and for; `nil` for other files than packed weights, and for those that
    /// are being written or damaged.
    package let weights: WeightsFile.Contents?
  }

  /// What all files of this program and user begin with, in case others lie beside them.
  private static let prefix = "diffuse-mpi-\(geteuid())-"
  /// Seconds after which unused weights are removed when others come.
  private static let longestIdle = 30.0 * 24 * 3600

  package init(_ path: String, limit: Int? = nil) {
    self.path = path
    self.limit = limit
  }

  /// Makes the folder and its parents, for this user alone, where they do not exist.
  func make() throws(CacheError) {
    do {
      try Folders.make(path, permissions: 0o700)
    } catch {
      throw .system(path: error.path, code: error.error.code)
    }
  }

  /// The place of a file of this program.
  func path(of name: String) -> String { "\(path)/\(Self.prefix)\(name)" }

  /// The files of this program and user, by name; none where the folder does not exist.
  package var entries: [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(Self.prefix) }.sorted().compactMap(entry)
  }

  private func entry(_ name: String) -> Entry? {
    var status = stat()
    let path = "\(path)/\(name)"
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let contents = name.hasSuffix(".weights") ? try? WeightsFile.contents(ofFileAt: path) : nil
    return Entry(
      name: name, byteCount: Int(status.st_size), lastUsed: lastUsed(status), weights: contents)
  }

  /// The note on a file is touched whenever the file is used. What the file system records is of no
  /// use: looking at the table of contents counts there too.
  private func lastUsed(_ status: stat) -> Date {
    var seconds = status.st_mtim.seconds
    var note = stat()
    let identity = FileIdentity(status)
    if lstat(FileMemory(self).path(identity), &note) == 0 {
      seconds = max(seconds, note.st_mtim.seconds)
    }
    return Date(timeIntervalSince1970: seconds)
  }

  /// Removes what this program keeps there for this user.
  ///
  /// - Throws: an error that names the file which could not be removed.
  package func clear() throws {
    try remove(entries)
  }

  /// - Throws: an error that names the file which could not be removed.
  package func remove(_ entries: [Entry]) throws {
    for entry in entries where unlink("\(path)/\(entry.name)") != 0 && errno != ENOENT {
      throw CacheError.system(path: "\(path)/\(entry.name)", code: errno)
    }
  }

  /// Removes what nobody has used for long, and then what was used least recently until the limit
  /// is kept. Weights that were used since `start` stay: the job that asks needs them.
  func removeUnused(since start: Date) {
    let entries = entries
    let oldest = Date() - Self.longestIdle
    try? remove(entries.filter { $0.lastUsed < oldest })
    guard let limit else { return }
    let kept = entries.filter { $0.name.hasSuffix(".weights") && $0.lastUsed >= oldest }
    var total = kept.reduce(0) { $0 + $1.byteCount }
    for entry in kept.sorted(by: { $0.lastUsed < $1.lastUsed })
    where total > limit && entry.lastUsed < start {
      try? remove([entry])
      total -= entry.byteCount
    }
  }
}

extension timespec {
  fileprivate var seconds: Double { Double(tv_sec) + Double(tv_nsec) / 1e9 }
}
