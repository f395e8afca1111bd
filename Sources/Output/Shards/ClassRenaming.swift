import Foundation

/// Gives the images of a finished or unfinished job new class names, without making them again.
///
/// Numbered files do not hold the names: metadata.jsonl is written again whenever a job is resumed.
/// Shards hold them in their `.json` members, so each is copied with the new ones and replaced. A
/// file with the old names lies in the folder until all are, so that a job that is killed in between
/// can finish this when it is resumed.
package struct ClassRenaming {
  static let name = ".class-names.partial"

  private let folder: OutputFolder
  private let catalog: ImageCatalog

  /// - Parameter catalog: of the images with their new names.
  package init(folder: OutputFolder, catalog: ImageCatalog) {
    self.folder = folder
    self.catalog = catalog
  }

  private var marker: String { "\(folder.path)/\(Self.name)" }

  /// Takes down the names that the images have; to be called before job.json holds the new ones.
  package func begin(from names: [String]?) throws {
    guard catalog.format.container == .tar, !FileManager.default.fileExists(atPath: marker) else {
      return
    }
    try WholeFile.write(JSONEncoder().encode(names ?? []), folder: folder.path, name: Self.name)
  }

  /// Replaces the names in the shards, where `begin` was called and this has not been finished.
  ///
  /// - Parameter oldCatalog: the catalog with other names.
  package func finish(oldCatalog: ([String]?) -> ImageCatalog) throws {
    guard let data = FileManager.default.contents(atPath: marker) else { return }
    let names = try JSONDecoder().decode([String].self, from: data)
    try renameShards(from: oldCatalog(names.isEmpty ? nil : names))
    unlink(marker)
  }

  private func renameShards(from old: ImageCatalog) throws {
    let path = folder.imagesPath(catalog.format)
    guard try OutputFolder.isFolder(path) else { return }
    // What the index says of a shard would make it look damaged; without it shards are looked into.
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
    // A shard that was replaced before holds more images with the new names.
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
