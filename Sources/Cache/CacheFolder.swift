import Foundation

/// The folder of what can be made again at any time: packed weights, and hashes of checkpoints.
///
/// Anything in it may be removed at any time, by hand too, while jobs run.
package struct CacheFolder: Sendable {
  package let path: String

  /// What lies in the folder, for people to look at.
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
  /// Weights that no job has used for so long, in seconds, go when others come.
  private static let longestIdle = 30.0 * 24 * 3600

  package init(_ path: String) {
    self.path = path
  }

  /// `$XDG_CACHE_HOME/diffuse-mpi`, or `~/.cache/diffuse-mpi`.
  package static var standard: CacheFolder {
    let environment = ProcessInfo.processInfo.environment
    if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") {
      return CacheFolder("\(base)/diffuse-mpi")
    }
    return CacheFolder("\(NSHomeDirectory())/.cache/diffuse-mpi")
  }

  /// Makes the folder and its parents, for this user alone, where they are not there.
  func make() throws(CacheError) {
    try Self.make(path)
  }

  private static func make(_ path: String) throws(CacheError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard errno == ENOENT, parent != path else { throw .system(path) }
    try make(parent)
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(path) }
  }

  /// The place of a file of this program.
  func path(of name: String) -> String { "\(path)/\(Self.prefix)\(name)" }

  /// The files of this program and user, by name; none where there is no such folder.
  package var entries: [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(Self.prefix) }.sorted()
      .compactMap { name in
        var status = stat()
        let path = "\(path)/\(name)"
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let used = max(status.st_atim.tv_sec, status.st_mtim.tv_sec)
        let contents =
          name.hasSuffix(".weights") ? try? WeightsFile.contents(ofFileAt: path) : nil
        return Entry(
          name: name, byteCount: Int(status.st_size),
          lastUsed: Date(timeIntervalSince1970: Double(used)), weights: contents)
      }
  }

  /// Removes what this program keeps there for this user.
  ///
  /// - Throws: an error that names the file which could not be removed.
  package func clear() throws {
    for entry in entries where unlink("\(path)/\(entry.name)") != 0 && errno != ENOENT {
      throw CacheError.system("\(path)/\(entry.name)")
    }
  }

  func removeUnused() {
    let oldest = Date() - Self.longestIdle
    for entry in entries where entry.lastUsed < oldest { unlink("\(path)/\(entry.name)") }
  }
}
