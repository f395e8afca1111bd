import Files
import Foundation

/// The folder of files that can be made again at any time: packed weights, and hashes of
/// checkpoints.
///
/// Any of them may be removed at any time, even by hand while jobs run.
package struct CacheFolder: Equatable, Sendable {
  package let path: String
  /// The limit for packed weights in bytes. If new ones would exceed it, those used least recently
  /// are removed.
  package let limit: Int?
  /// The part of the host's memory that this process maps packed weights in, or 0 if the memory is
  /// not divided. Each part has a copy of its own, because the kernel keeps a file in the memory of
  /// the processor that wrote or read it first.
  package let memory: Int

  /// A file in the folder.
  package struct Entry: Equatable, Sendable {
    /// The name of the file.
    package let name: String
    package let byteCount: Int
    package let lastUsed: Date
    /// The table of contents of packed weights. `nil` for other files, and for files that are being
    /// written or damaged.
    package let weights: PackedFile.Contents?
  }

  /// The prefix of all files of this program and user, because others may share the folder.
  private static let prefix = "diffuse-mpi-\(geteuid())-"
  /// The time in seconds after which unused weights are removed when new ones are packed.
  private static let longestIdle = 30.0 * 24 * 3600

  package init(_ path: String, limit: Int? = nil, memory: Int = 0) {
    self.path = path
    self.limit = limit
    self.memory = memory
  }

  /// Returns the same folder for processes in a part of the host's memory.
  package func near(memory: Int) -> CacheFolder {
    CacheFolder(path, limit: limit, memory: memory)
  }

  /// Creates the folder and its parents if they do not exist, accessible to this user only.
  func make() throws(CacheError) {
    do {
      try Folders.make(path, permissions: 0o700)
    } catch {
      throw .system(path: error.path, code: error.error.code)
    }
  }

  /// Returns the path of a file of this program.
  func path(of name: String) -> String { "\(path)/\(Self.prefix)\(name)" }

  /// Returns the path of packed weights.
  func path(of key: PackedKey) -> String {
    path(of: memory == 0 ? key.fileName : "memory\(memory)-\(key.fileName)")
  }

  /// The files of this program and user, sorted by name. Empty if the folder does not exist.
  package var entries: [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(Self.prefix) }.sorted().compactMap(entry)
  }

  private func entry(_ name: String) -> Entry? {
    var status = stat()
    let path = "\(path)/\(name)"
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let contents = name.hasSuffix(".weights") ? try? PackedFile.contents(ofFileAt: path) : nil
    return Entry(
      name: name, byteCount: Int(status.st_size), lastUsed: lastUsed(status), weights: contents)
  }

  /// Returns when a file was last used. Each use sets the modification time of its `FileFacts` note.
  /// The access time cannot be used, because reading the table of contents changes it too.
  private func lastUsed(_ status: stat) -> Date {
    var seconds = status.st_mtim.seconds
    var note = stat()
    let identity = FileIdentity(status)
    if lstat(FileFacts(self).path(identity), &note) == 0 {
      seconds = max(seconds, note.st_mtim.seconds)
    }
    return Date(timeIntervalSince1970: seconds)
  }

  /// Removes all files of this program and user.
  ///
  /// - Throws: an error that names the file that could not be removed.
  package func clear() throws {
    try remove(entries)
  }

  /// - Throws: an error that names the file that could not be removed.
  package func remove(_ entries: [Entry]) throws {
    for entry in entries where unlink("\(path)/\(entry.name)") != 0 && errno != ENOENT {
      throw CacheError.system(path: "\(path)/\(entry.name)", code: errno)
    }
  }

  /// Removes weights that were not used for a long time, and then those used least recently, until
  /// the limit is kept. Weights that were used since `start` stay, because the current job needs
  /// them.
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
