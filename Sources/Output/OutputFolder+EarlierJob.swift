import Foundation

/// What an earlier job left in the folder.
extension OutputFolder {
  /// job.json is a few KB, and a few MB with a long list of labels.
  private static let largestJob = 256 << 20
  /// Files beside the images that a job may have left, each with its temporary name.
  private static let otherNames = [
    contactSheetName, StatusFile.name, timelineName, entriesName,
  ]

  /// The `job.json` of the job that the folder holds; nil when there is none.
  ///
  /// - Throws: `OutputError.folderInUse` when there are results that no job.json explains; other
  ///   files may lie there, such as the logs of a batch system.
  package func earlierJob() throws -> Data? {
    let file = "\(path)/\(Self.jobName)"
    var status = stat()
    guard stat(file, &status) == 0 else {
      guard errno == ENOENT else {
        throw OutputError.system(action: "read", path: file, code: errno)
      }
      if let found = try firstResult() {
        throw OutputError.folderInUse(folder: path, found: found)
      }
      return nil
    }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.largestJob else {
      throw OutputError.folderInUse(folder: path, found: Self.jobName)
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw OutputError.system(action: "read", path: file, code: EIO)
    }
  }

  /// Whether there is an image, whole or not, or a shard.
  package func holdsImages() throws -> Bool {
    for name in ["images", "shards"] {
      if try firstFile(in: "\(path)/\(name)", where: Self.isImageOrShard) != nil { return true }
    }
    return false
  }

  /// Removes all that the job made, and nothing that it could not have made; job.json goes last, so
  /// that this can be interrupted.
  package func removeEarlierJob() throws {
    for name in ["images", "shards"] where try Self.isFolder("\(path)/\(name)") {
      try Self.removeResults(in: "\(path)/\(name)", subfolders: true)
    }
    let folder = try FolderListing(path)
    for name in try folder.names(where: Self.isOther) { try folder.remove(name) }
    if mayReplacePage { try folder.remove(Self.pageName) }
    try folder.remove(Self.jobName)
  }

  private static func removeResults(in path: String, subfolders: Bool) throws {
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      if isImageOrShard(name) || isMetadata(name) || name.isPartialName {
        try folder.remove(name)
      } else if subfolders && name.isNumber && folder.isFolder(name) {
        try removeResults(in: "\(path)/\(name)", subfolders: false)
      }
    }
    // It stays where it holds other files.
    rmdir(path)
  }

  private func firstResult() throws -> String? {
    for name in [Self.contactSheetName] where access("\(path)/\(name)", F_OK) == 0 { return name }
    for name in ["images", "shards"] {
      let found = try firstFile(in: "\(path)/\(name)") {
        Self.isImageOrShard($0) || Self.isMetadata($0)
      }
      if let found { return "\(name)/\(found)" }
    }
    return nil
  }

  /// The first file in the folder, or in those inside that are called by a number.
  private func firstFile(in path: String, where isWanted: (String) -> Bool) throws -> String? {
    guard try Self.isFolder(path) else { return nil }
    let folder = try FolderListing(path)
    var subfolders: [String] = []
    while let name = try folder.next() {
      if isWanted(name) { return name }
      if name.isNumber && folder.isFolder(name) { subfolders.append(name) }
    }
    for subfolder in subfolders {
      let inside = try FolderListing("\(path)/\(subfolder)")
      while let name = try inside.next() {
        if isWanted(name) { return "\(subfolder)/\(name)" }
      }
    }
    return nil
  }

  private static func isImageOrShard(_ name: String) -> Bool {
    ImageRecord.index(ofFile: name) != nil || ShardName.shard(ofPublished: name) != nil
      || ShardName.shard(ofLog: name) != nil
  }

  private static func isMetadata(_ name: String) -> Bool {
    name == MetadataFile.name || name == ShardIndex.name
  }

  private static func isOther(_ name: String) -> Bool {
    otherNames.contains(name)
      || (otherNames + [jobName, pageName]).contains { name == ".\($0).partial" }
      || (name.hasPrefix("samples_") && name.hasSuffix(".npz"))
      || (name.hasPrefix(".samples_") && name.hasSuffix(".npz.partial"))
  }
}
