import Files
import Foundation

/// The files of an earlier job in the folder, and those that belong to someone else.
///
/// A folder belongs to this program once it holds a job.json of this program, which a job writes
/// before any other file. Until then, files with names that the job would use belong to someone
/// else.
extension OutputFolder {
  /// job.json is a few KB, and a few MB with a long list of labels.
  private static let largestJob = 256 << 20

  /// Returns the `job.json` of the job in the folder, or `nil` if there is no job. Other files may
  /// exist, such as the logs of a batch system.
  ///
  /// - Throws: `OutputError.folderInUse` if there is no job, but files with names that a job would
  ///   use. `OutputError.foreignJob` if another program wrote the job.json.
  package func earlierJob() throws -> Data? { try Self.earlierJob(in: path) }

  /// Returns the same for a folder that another job may be using. Also returns `nil` if the folder
  /// does not exist.
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

  /// Returns the `job.json` in a folder, or `nil` if there is none.
  package static func readJob(in folder: String) throws(OutputError) -> Data? {
    do throws(OutputError) {
      return try RegularFile.read("\(folder)/\(FolderNames.job)", largest: largestJob)
    } catch {
      guard case .system(_, _, ENOENT) = error else { throw error }
      return nil
    }
  }

  /// Returns whether this program wrote a job.json, even if it is damaged now.
  private static func isOwn(_ json: Data) -> Bool {
    struct Head: Decodable { let program: String }
    if let head = try? JSONDecoder().decode(Head.self, from: json) {
      return head.program == "diffuse-mpi"
    }
    return json.range(of: Data("\"program\" : \"diffuse-mpi\"".utf8)) != nil
  }

  /// Returns whether there is an image, complete or not, or a shard.
  package func holdsImages() throws -> Bool {
    try Self.firstResult(in: path) { name, _ in FolderNames.isImageOrShard(name) } != nil
  }

  /// Returns whether the folder's job may create the file.
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

  /// Removes incomplete files that killed jobs left in the folder itself.
  package func removeTemporaryFiles() throws {
    let folder = try FolderListing(path)
    for name in try folder.names(where: FolderNames.isTemporaryTop) { try folder.remove(name) }
  }

  /// Removes all files that the job can have created, and no others.
  ///
  /// A removal that was interrupted can be repeated. Therefore job.json is removed last, and the
  /// folder of shards, which shows whose the files beside it are, after those files.
  package func removeEarlierJob() throws {
    let hadShards = try Self.isFolder("\(path)/shards")
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
    for name in FolderNames.results where try Self.isFolder("\(path)/\(name)") {
      try Self.removeResults(in: "\(path)/\(name)", subfolders: true)
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
    // The folder remains if it holds other files.
    rmdir(path)
  }

  /// Returns the first file with a name that a job would use. Ignores an incomplete job.json, which
  /// has a different temporary name every time and belongs to nobody.
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

  /// Returns the first image or shard that a job with this catalog cannot have created.
  package static func firstImage(in path: String, notIn catalog: ImageCatalog) throws -> String? {
    try firstResult(in: path) { name, subfolder in
      guard FolderNames.isImageOrShard(name) else { return false }
      let shard = ShardName.shard(ofPublished: name) ?? ShardName.shard(ofLog: name)
      if let shard { return !catalog.shards.contains(shard) }
      return catalog.index(ofFile: name, in: subfolder) == nil
    }
  }

  /// Returns the first file in `images/` or `shards/` that is wanted, as a path in the output
  /// folder.
  ///
  /// - Parameter isWanted: called with the name of the file and that of its subfolder.
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
