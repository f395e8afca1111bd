import Files
import Foundation
import Job

/// Puts the images of slices into the folder of the whole job.
///
/// Each file is moved, or copied under a temporary name and renamed. A merge that was killed can
/// therefore be repeated: it skips what exists. The images are complete once all slices are placed,
/// and `FolderSink` then finishes the job.
package struct SliceMerge {
  private let target: OutputFolder
  private let catalog: ImageCatalog
  /// Whether files are moved, and the slices removed. Otherwise the slices stay as they are.
  private let moves: Bool
  private var index: ShardIndex
  /// Whether files were copied since they were last waited for.
  private var hasCopied = false

  /// How long to wait for a job in the folder of a slice, in seconds.
  private static let patience = 2.0

  /// Lists all images in metadata.jsonl, before any of them appears.
  ///
  /// - Parameters:
  ///   - target: the folder of the whole job, with its job.json.
  ///   - catalog: the images of the whole job.
  package init(into target: OutputFolder, catalog: ImageCatalog, moves: Bool) throws {
    self.target = target
    self.catalog = catalog
    self.moves = moves
    try target.makeImagesFolder(catalog.format)
    var all = IndexBitmap(indices: catalog.indices)
    for index in catalog.indices { all.insert(index) }
    var metadata = MetadataFile(folder: target, catalog: catalog)
    try metadata.rewrite(all)
    index = ShardIndex(folder: target.path)
    if catalog.format.container == .tar { try index.rewrite(index.entries) }
  }

  /// Places the images of a slice. Removes the slice afterwards if files are moved.
  ///
  /// - Parameters:
  ///   - path: the folder of the slice.
  ///   - images: the complete images in it.
  /// - Throws: `OutputError.locked` if a job is running there.
  package mutating func place(_ path: String, images: IndexBitmap) throws {
    guard moves else {
      let lock = try FolderLock(path, patience: Self.patience) { _ in }
      return try withExtendedLifetime(lock) { try placeFiles(path, images) }
    }
    let folder = try OutputFolder(creating: path, patience: Self.patience)
    try placeFiles(path, images)
    // A slice is removed only when its copies are on the disk.
    if hasCopied { sync() }
    hasCopied = false
    try folder.removeEarlierJob()
    SliceFolders.removeEmpty(path)
  }

  private mutating func placeFiles(_ path: String, _ images: IndexBitmap) throws {
    switch catalog.format.container {
    case .png:
      for index in images.indices where images.contains(index) { try place(index, path) }
    case .tar: try placeShards(path, images.indices)
    }
    let trajectories = try FolderListing(path).names(where: FolderNames.isTrajectory)
    for name in trajectories { try place(name, from: path, to: target.path) }
  }

  private mutating func place(_ index: Int, _ path: String) throws {
    let subfolder = catalog.subfolder(of: index).map { "/\($0)" } ?? ""
    try place(
      ImageRecord.fileName(index: index),
      from: "\(path)/\(catalog.format.imagesFolder)\(subfolder)",
      to: target.imagesPath(catalog.format) + subfolder)
  }

  /// Places the shards of a slice, and their entries in the index. Shards do not cross the borders
  /// of slices.
  private mutating func placeShards(_ path: String, _ indices: Range<Int>) throws {
    let entries = ShardIndex(folder: path).entries
    let (from, to) = ("\(path)/\(catalog.format.imagesFolder)", target.imagesPath(catalog.format))
    for shard in catalog.shards where !catalog.images(ofShard: shard).clamped(to: indices).isEmpty {
      let (published, log) = (ShardName.published(shard), ShardName.log(shard))
      // A job that was killed before it published the shard has the log.
      let name = access("\(from)/\(log)", F_OK) == 0 ? log : published
      if access("\(to)/\(published)", F_OK) != 0 { try place(name, from: from, to: to) }
      if let entry = entries[shard], index.entries[shard] != entry {
        try index.append(entry, shard: shard)
      }
    }
  }

  /// Moves or copies a file, unless it was placed before.
  private mutating func place(_ name: String, from folder: String, to target: String) throws {
    let (source, final) = ("\(folder)/\(name)", "\(target)/\(name)")
    let isPlaced = try Subfolders.making(target) {
      if moves, try move(source, to: final) { return true }
      if access(final, F_OK) == 0 { return true }
      try copy(source, name, to: target)
      return false
    }
    if !isPlaced { hasCopied = true }
  }

  /// Returns false for a file that must be copied because it is on another file system.
  private func move(_ source: String, to final: String) throws(OutputError) -> Bool {
    do throws(SystemError) {
      try moveFile(source, to: final)
      return true
    } catch {
      if error.code == EXDEV { return false }
      // An earlier merge may have moved it.
      if error.code == ENOENT, access(source, F_OK) != 0, access(final, F_OK) == 0 { return true }
      throw .system(action: "move", path: source, code: error.code)
    }
  }

  private func copy(_ source: String, _ name: String, to folder: String) throws {
    let (file, size) = try RegularFile.open(source)
    try WholeFile.write(folder: folder, name: name, temporary: TemporaryName.unique(name)) {
      try $0.write(file, size: size, from: source)
    }
  }
}

extension FileWriter {
  private static let chunk = 1 << 20

  /// Appends the contents of another file.
  fileprivate func write(_ file: OpenFile, size: Int, from path: String) throws {
    var offset = 0
    try withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
      while offset < size {
        let room = UnsafeMutableRawBufferPointer(
          rebasing: buffer[..<min(buffer.count, size - offset)])
        let count = try attempt("read", path, try file.read(into: room, at: offset))
        guard count > 0 else { throw OutputError.system(action: "read", path: path, code: EIO) }
        try write(UnsafeRawBufferPointer(rebasing: room[..<count]))
        offset += count
      }
    }
  }
}
