import Files

/// The files that a path leads to: one file, the shards of an index, or a folder of the diffusers
/// library.
package struct CheckpointFiles: Sendable {
  /// The path as it was given.
  package let path: String
  /// The folder of the diffusers library at `path`, if it is one.
  package let diffusers: DiffusersFolder?
  /// The file with the weights, or the index of their files.
  let main: MappedFile
  private let shards: (index: ShardIndex, files: [MappedFile])?
  /// The folder of all files, with a slash at the end.
  private let folder: String

  /// Opens all files. Of the weights, nothing is read yet.
  ///
  /// - Throws: `CheckpointError` if there is no checkpoint at `path`, or a part of it is missing.
  package init(_ path: String) throws(CheckpointError) {
    self.path = path
    if FileKind.at(path) == .folder {
      let folder = path.hasSuffix("/") ? path : path + "/"
      diffusers = try DiffusersFolder(folder)
      var weights = diffusers?.weights
      if diffusers == nil { weights = try ShardIndex.find(in: folder) }
      main = try MappedFile(weights.map { folder + $0 } ?? path)
      self.folder = folder
    } else {
      diffusers = nil
      main = try MappedFile(path)
      folder = String(path.dropLast(main.name.count))
    }
    if ShardIndex.isIndex(main) {
      let index = try ShardIndex(main)
      shards = (index, try index.open())
    } else {
      shards = nil
    }
  }

  /// The files with weights.
  var weights: [MappedFile] { shards?.files ?? [main] }

  /// The number of files with weights.
  package var weightsFileCount: Int { weights.count }

  /// All files that determine the network, in the order of their names. Each name is the path from
  /// the folder that they are in.
  package var all: [(name: String, file: MappedFile)] {
    let settings = diffusers?.settings.map(\.file) ?? []
    let all = settings + (shards.map { [$0.index.file] } ?? []) + weights
    return all.map { (String($0.path.dropFirst(folder.count)), $0) }.sorted { $0.0 < $1.0 }
  }

  /// Reads the table of contents.
  func read() throws(CheckpointError) -> ContainerContents {
    guard let shards else { return try ContainerContents(main) }
    return try ShardedContainer.read(shards.index, shards.files)
  }
}
