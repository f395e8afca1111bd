import Files
import Foundation

/// What an earlier job left in the folder, and what is someone else's.
///
/// A folder belongs to this program once it holds a job.json of it, which a job writes before any
/// other file. Until then, files whose names the job would take are someone else's.
extension OutputFolder {
  /// job.json is a few KB, and a few MB with a long list of labels.
  private static let largestJob = 256 << 20

  /// The `job.json` of the job that the folder holds; nil when there is none.
  ///
  /// - Throws: `OutputError.folderInUse` when the folder holds files whose names a job would take,
  ///   `.foreignJob` when another program wrote the job.json; other files may lie there, such as the
  ///   logs of a batch system.
  package func earlierJob() throws -> Data? { try Self.earlierJob(in: path) }

  /// The same of a folder that another job may be using; nil too when it does not exist.
  package static func earlierJob(in path: String) throws -> Data? {
    guard try isFolder(path) else { return nil }
    if let json = try readJob(in: path) {
      guard isOwn(json) else {
        throw OutputError.foreignJob(path: "\(path)/\(FolderNames.job)")
      }
      return json
    }
    if let found = try firstTakenName(in: path) {
      throw OutputError.folderInUse(folder: path, found: found)
    }
    return nil
  }

  /// The `job.json` in a folder; nil when there is none.
  package static func readJob(in folder: String) throws(OutputError) -> Data? {
    do throws(OutputError) {
      return try RegularFile.read("\(folder)/\(FolderNames.job)", largest: largestJob)
    } catch {
      guard case .system(_, _, ENOENT) = error else { throw error }
      return nil
    }
  }

  /// Whether this program wrote a job.json, be it damaged since.
  private static func isOwn(_ json: Data) -> Bool {
    struct Head: Decodable { let program: String }
    if let head = try? JSONDecoder().decode(Head.self, from: json) {
      return head.program == "diffuse-mpi"
    }
    return json.range(of: Data("\"program\" : \"diffuse-mpi\"".utf8)) != nil
  }

  /// Whether there is an image, whole or not, or a shard.
  package func holdsImages() throws -> Bool {
    try Self.firstResult(in: path) { name, _ in FolderNames.isImageOrShard(name) } != nil
  }

  /// Whether the folder's job may make the file.
  func owns(_ file: FilePlace) -> Bool {
    if Self.isSameFolder(file.folder, path) { return FolderNames.isTop(file.name) }
    return FolderNames.results.contains { Self.isSameFolder(file.folder, "\(path)/\($0)") }
      && (FolderNames.isResult(file.name) || FolderNames.isTemporaryResult(file.name))
  }

  private static func isSameFolder(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  /// Removes what killed jobs left half written in the folder itself.
  package func removeTemporaryFiles() throws {
    let folder = try FolderListing(path)
    for name in try folder.names(where: FolderNames.isTemporaryTop) { try folder.remove(name) }
  }

  /// Removes all that the job made, and nothing that it could not have made; job.json goes last, so
  /// that this can be interrupted.
  package func removeEarlierJob() throws {
    let hadShards = try Self.isFolder("\(path)/shards")
    for name in FolderNames.results where try Self.isFolder("\(path)/\(name)") {
      try Self.removeResults(in: "\(path)/\(name)", subfolders: true)
    }
    let folder = try FolderListing(path)
    let isOurs = { (name: String) in
      switch name {
      case FolderNames.job: false
      case FolderNames.page: self.mayReplacePage
      default: hadShards || !FolderNames.besidesShards.contains(name)
      }
    }
    for name in try folder.names(where: FolderNames.isTop) where isOurs(name) {
      try folder.remove(name)
    }
    try folder.remove(FolderNames.job)
  }

  private static func removeResults(in path: String, subfolders: Bool) throws {
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      if FolderNames.isResult(name) || FolderNames.isTemporaryResult(name) {
        try folder.remove(name)
      } else if subfolders && name.isNumber && folder.isFolder(name) {
        try removeResults(in: "\(path)/\(name)", subfolders: false)
      }
    }
    // It stays where it holds other files.
    rmdir(path)
  }

  /// The first file whose name a job would take. What is left of a job.json that was never complete
  /// is nobody's: its temporary name is a new one every time.
  private static func firstTakenName(in path: String) throws -> String? {
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      let isJobs = TemporaryName.matches(name) { $0 == FolderNames.job }
      if FolderNames.isTop(name) && name != FolderNames.page && !isJobs { return name }
    }
    return try firstResult(in: path) { name, _ in
      FolderNames.isResult(name) || FolderNames.isTemporaryResult(name)
    }
  }

  /// The first image or shard that a job of this catalog cannot have made.
  package func firstImage(notIn catalog: ImageCatalog) throws -> String? {
    try Self.firstResult(in: path) { name, subfolder in
      guard FolderNames.isImageOrShard(name) else { return false }
      let shard = ShardName.shard(ofPublished: name) ?? ShardName.shard(ofLog: name)
      if let shard { return !catalog.shards.contains(shard) }
      return catalog.index(ofFile: name, in: subfolder) == nil
    }
  }

  /// The first file in `images/` or `shards/` that is wanted, as a path in the output folder.
  ///
  /// - Parameter isWanted: told the file's name and that of its subfolder.
  private static func firstResult(
    in path: String, where isWanted: (String, String?) -> Bool
  ) throws -> String? {
    for name in FolderNames.results where try isFolder("\(path)/\(name)") {
      var found: String?
      try Subfolders.forEach(in: "\(path)/\(name)") { folder, subfolder in
        while found == nil, let file = try folder.next() {
          guard isWanted(file, subfolder) else { continue }
          found = subfolder.map { "\(name)/\($0)/\(file)" } ?? "\(name)/\(file)"
        }
      }
      if let found { return found }
    }
    return nil
  }
}
