import Foundation

/// Checks of WebDataset shards.
extension FolderCheck {
  mutating func checkShards() throws {
    var shards: [Int] = []
    let folder = try FolderListing(imagesPath)
    while let name = try folder.next() {
      if let shard = ShardName.shard(ofPublished: name), catalog.shards.contains(shard) {
        shards.append(shard)
      } else if FolderNames.isTemporaryResult(name) {
        findings.add(.leftover, "\(imagesFolder)/\(name)")
      } else if name != MetadataFile.name && name != ShardIndex.oldName {
        findings.add(.extra, "\(imagesFolder)/\(name)")
      }
    }
    let index = ShardIndex(folder: path)
    for shard in shards.sorted() { try checkShard(shard, index.entries[shard]) }
    // A running job may have published other shards since they were listed.
    for shard in index.entries.keys.sorted()
    where access("\(imagesPath)/\(ShardName.published(shard))", F_OK) != 0 {
      findings.add(
        .shard, "\(ShardIndex.name) lists \(ShardName.published(shard)), which does not exist")
    }
  }

  private mutating func checkShard(_ shard: Int, _ entry: ShardIndex.Entry?) throws {
    let name = "\(imagesFolder)/\(ShardName.published(shard))"
    let indices = catalog.images(ofShard: shard)
    let members = ShardMembers(catalog: catalog)
    let reader: ShardReader
    do {
      reader = try ShardReader("\(path)/\(name)")
    } catch {
      return findings.add(.shard, text(error))
    }
    let (places, _, end) = reader.images(members, indices: indices)
    try look(at: places.keys.sorted()) {
      "\(name): \(ImageRecord.fileName(index: $0))"
    } image: { [check] in
      let place = places[$0]!
      let png = try Data(reader.bytes(at: place.offset, count: place.size))
      return try check.image(in: png, index: $0)
    }
    if !isInOrder(places, end, members) {
      findings.add(.shard, "\(name) does not contain its images in order, each once")
    }
    if !reader.hasEnd || end != reader.size - TarHeader.endSize {
      findings.add(.shard, "\(name) has something other than planned images at byte \(end)")
    }
    let found = try ShardIndex.entry(
      path: "\(path)/\(name)", shard: shard, first: indices.lowerBound, images: places.count)
    if entry != found {
      findings.add(
        .shard,
        entry == nil
          ? "\(ShardIndex.name) does not list \(name)"
          : "\(name) does not match its entry in \(ShardIndex.name)")
    }
  }

  /// Returns whether the images are in the order of their indices, without gaps, up to `end`.
  private func isInOrder(
    _ places: [Int: ShardReader.Place], _ end: Int, _ members: ShardMembers
  ) -> Bool {
    var next = 0
    for (index, place) in places.sorted(by: { $0.key < $1.key }) {
      guard place.offset == next + TarHeader.blockSize else { return false }
      next = place.offset + TarHeader.padded(place.size) + members.rest(of: index).count
    }
    return next == end
  }
}
