import Foundation

/// Gives the images of a complete or incomplete job new class names, without generating them again.
///
/// Numbered files do not contain the names, and metadata.jsonl is rewritten whenever a job is
/// resumed. Shards contain them in their `.json` members, so each shard is replaced with a copy
/// with the new names. A file with the old names exists in the folder until all shards are
/// replaced, so that a killed job can finish this when it is resumed.
package struct ClassRenaming {
  static let name = ".class-names.partial"

  private let folder: OutputFolder
  private let catalog: ImageCatalog

  /// - Parameter catalog: the catalog of the images with their new names.
  package init(folder: OutputFolder, catalog: ImageCatalog) {
    self.folder = folder
    self.catalog = catalog
  }

  private var marker: String { "\(folder.path)/\(Self.name)" }

  /// Records the current names of the images. Call before job.json is written with the new ones.
  package func begin(from names: [String]?) throws {
    guard catalog.format.container == .tar, !FileManager.default.fileExists(atPath: marker) else {
      return
    }
    try WholeFile.write(JSONEncoder().encode(names ?? []), folder: folder.path, name: Self.name)
  }

  /// Replaces the names in the shards, if `begin` was called and the renaming is not finished yet.
  ///
  /// - Parameter oldCatalog: returns the catalog with other names.
  package func finish(oldCatalog: ([String]?) -> ImageCatalog) throws {
    guard let data = FileManager.default.contents(atPath: marker) else { return }
    let names = try JSONDecoder().decode([String].self, from: data)
    try renameShards(from: oldCatalog(names.isEmpty ? nil : names))
    unlink(marker)
  }

  private func renameShards(from old: ImageCatalog) throws {
    let path = folder.imagesPath(catalog.format)
    guard try OutputFolder.isFolder(path) else { return }
    // With its entry in the index, a renamed shard would look damaged. Without it, shards are read.
    var index = ShardIndex(folder: folder.path)
    try index.rewrite([:])
    for name in try FolderListing(path).names(where: { shard(named: $0) != nil }) {
      try rename(name, in: path, from: ShardMembers(catalog: old))
    }
  }

  private func shard(named name: String) -> Int? {
    (ShardName.shard(ofPublished: name) ?? ShardName.shard(ofLog: name)).flatMap {
      catalog.shards.contains($0) ? $0 : nil
    }
  }

  private func rename(_ name: String, in path: String, from old: ShardMembers) throws {
    let new = ShardMembers(catalog: catalog)
    let indices = catalog.images(ofShard: shard(named: name)!)
    let reader = try ShardReader("\(path)/\(name)")
    let found = reader.images(old, indices: indices)
    // If a shard was already replaced, more of its images have the new names.
    guard found.end > reader.images(new, indices: indices).end else { return }
    try WholeFile.write(folder: path, name: name) { writer in
      for (index, place) in found.places.sorted(by: { $0.value.offset < $1.value.offset }) {
        let png = try reader.bytes(at: place.offset, count: place.size)
        try writer.write(new.bytes(of: index, png: png))
      }
      if reader.hasEnd { try writer.write([UInt8](repeating: 0, count: TarHeader.endSize)) }
      try writer.synchronize()
    }
  }
}
