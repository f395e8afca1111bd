import Files
import Foundation
import Job

/// Finds the images that exist in `shards/`, and removes incomplete files of killed jobs.
struct TarShardScan {
  private(set) var found: PublishedImages
  private(set) var logs: [Int: ShardLog] = [:]
  private(set) var entries: [Int: ShardIndex.Entry] = [:]

  private let path: String
  private let catalog: ImageCatalog
  private let members: ShardMembers
  private let check: ImageCheck?
  private let logCheck: ImageCheck?

  /// - Parameters:
  ///   - check: checks every image in complete shards, or `nil` to skip that.
  ///   - logCheck: checks every image in other shards, of which there are few.
  init(
    _ path: String, _ catalog: ImageCatalog, _ members: ShardMembers, check: ImageCheck?,
    logCheck: ImageCheck?
  ) {
    self.path = path
    self.catalog = catalog
    self.members = members
    self.check = check
    self.logCheck = logCheck
    found = PublishedImages(indices: catalog.indices)
  }

  /// - Parameter index: the entries of shards-index.jsonl.
  mutating func run(index: [Int: ShardIndex.Entry]) throws {
    let folder = try FolderListing(path)
    var published: [Int] = []
    var withLog: Set<Int> = []
    while let name = try folder.next() {
      if let shard = ShardName.shard(ofPublished: name), catalog.shards.contains(shard) {
        published.append(shard)
      } else if let shard = ShardName.shard(ofLog: name), catalog.shards.contains(shard) {
        withLog.insert(shard)
      } else if FolderNames.isTemporaryResult(name) {
        try folder.remove(name)
      }
    }
    for shard in published {
      if try readPublished(shard, index[shard]) {
        if withLog.remove(shard) != nil { try folder.remove(ShardName.log(shard)) }
      } else if !withLog.contains(shard) {
        try makeLog(of: shard)
        withLog.insert(shard)
      } else {
        // The log is older than the shard, and holds the same images.
        try folder.remove(ShardName.published(shard))
      }
    }
    for shard in withLog { try readLog(shard) }
  }

  /// Records the images of a shard that holds all of them. Returns false for other shards.
  private mutating func readPublished(_ shard: Int, _ entry: ShardIndex.Entry?) throws -> Bool {
    let file = "\(path)/\(ShardName.published(shard))"
    let indices = catalog.images(ofShard: shard)
    let reader = try ShardReader(file)
    guard reader.hasEnd else { return false }
    let isKnown =
      check == nil && entry?.first == indices.lowerBound && entry?.images == indices.count
      && entry?.bytes == reader.size
    if isKnown {
      entries[shard] = entry
    } else {
      let images = reader.images(members, indices: indices, check: check)
      guard images.places.count == indices.count,
        images.end == reader.size - TarHeader.endSize
      else { return false }
      let found = try ShardIndex.entry(
        path: file, shard: shard, first: indices.lowerBound, images: indices.count)
      if let entry, entry.images == indices.count, entry.sha256 != found.sha256 {
        return try drop(shard)
      }
      entries[shard] = found
    }
    for index in indices {
      found.done.insert(index)
      found.published.insert(index)
    }
    return true
  }

  /// Removes a shard that differs from the one that was written, even if each of its images looks
  /// valid.
  private mutating func drop(_ shard: Int) throws -> Bool {
    found.damaged += catalog.images(ofShard: shard).count
    try FolderListing(path).remove(ShardName.published(shard))
    return true
  }

  private mutating func readLog(_ shard: Int) throws {
    let indices = catalog.images(ofShard: shard)
    let (log, damaged) = try ShardLog.reopened(
      folder: path, shard: shard, members, indices: indices, check: logCheck)
    logs[shard] = log
    found.damaged += damaged
    for index in log.places.keys { found.done.insert(index) }
  }

  private func makeLog(of shard: Int) throws {
    let (from, to) = (ShardName.published(shard), ShardName.log(shard))
    try attempt(
      "rename", "\(path)/\(from)", try moveFile("\(path)/\(from)", to: "\(path)/\(to)"))
  }
}
