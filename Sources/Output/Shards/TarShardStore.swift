import Foundation
import Job
import Synchronization

/// The images of a job as WebDataset shards in `shards/`, each of them complete or absent.
///
/// An image is first written to the log of its shard. When the shard has all its images, a sorted
/// copy is published and the log is removed. A published shard may lack images because they were
/// given up or damaged. It becomes a log again when the job is resumed.
package final class TarShardStore: PublishingStore {
  private struct State {
    var logs: [Int: ShardLog] = [:]
    var index: ShardIndex
    /// The published shard that was read last, because images are mostly read one after the other.
    var latest: (shard: Int, file: ShardReader, places: [Int: ShardReader.Place])?
  }

  package let check: ImageCheck?
  private let folder: OutputFolder
  private let path: String
  private let catalog: ImageCatalog
  private let members: ShardMembers
  private let state: Mutex<State>

  /// - Parameter check: the properties that images must have when they are read back.
  package init(folder: OutputFolder, catalog: ImageCatalog, check: ImageCheck? = nil) {
    self.folder = folder
    self.catalog = catalog
    self.check = check
    path = folder.imagesPath(catalog.format)
    members = ShardMembers(catalog: catalog)
    state = Mutex(State(index: ShardIndex(folder: folder.path)))
  }

  package func open(check: ImageCheck?) throws -> PublishedImages {
    try folder.makeImagesFolder(catalog.format)
    var scan = TarShardScan(path, catalog, members, check: check, logCheck: check ?? self.check)
    return try state.withLock { state in
      state.index = ShardIndex(folder: folder.path)
      try scan.run(index: state.index.entries)
      state.logs = scan.logs
      try state.index.rewrite(scan.entries)
      try FolderListing(path).remove(ShardIndex.oldName)
      return scan.found
    }
  }

  package func read(index: Int) throws -> Data {
    let shard = index / catalog.format.shardSize
    return try state.withLock { state in
      if let log = state.logs[shard], let place = log.places[index] { return try log.read(place) }
      let file = "\(path)/\(ShardName.published(shard))"
      if state.latest?.shard != shard {
        let reader = try ShardReader(file)
        let images = reader.images(members, indices: catalog.images(ofShard: shard))
        state.latest = (shard, reader, images.places)
      }
      guard let latest = state.latest, let place = latest.places[index] else {
        throw OutputError.unreadableImage(
          path: file, reason: "it does not contain \(ImageRecord.fileName(index: index))")
      }
      return try Data(latest.file.bytes(at: place.offset, count: place.size))
    }
  }

  package func add(_ image: FinishedImage, list: ([Int]) throws -> Void) throws {
    guard case .png(let png) = image.content else {
      preconditionFailure("ranks do not write into shards")
    }
    let shard = image.index / catalog.format.shardSize
    try state.withLock { state in
      // When the call is repeated after an error, the image may already exist.
      if state.logs[shard]?.places[image.index] == nil {
        try state.logs[shard, default: ShardLog(folder: path, shard: shard)]
          .append(image.index, png: png, members)
      }
      if let log = state.logs[shard], log.places.count == catalog.images(ofShard: shard).count {
        try publish(shard, log, list, &state)
      }
    }
  }

  package func publish(incomplete: Bool, list: ([Int]) throws -> Void) throws {
    try state.withLock { state in
      for (shard, log) in state.logs.sorted(by: { $0.key < $1.key }) {
        let isComplete = log.places.count == catalog.images(ofShard: shard).count
        guard isComplete || incomplete && !log.places.isEmpty else { continue }
        try publish(shard, log, list, &state)
      }
      if incomplete { try state.index.rewrite(state.index.entries) }
    }
  }

  package func sweep() throws {
    let listing = try FolderListing(path)
    for name in try listing.names(where: FolderNames.isTemporaryResult) {
      try listing.remove(name)
    }
  }

  package func missing(of done: IndexBitmap) throws -> [Int] {
    let logs = state.withLock { Set($0.logs.keys) }
    return catalog.shards.flatMap { shard in
      logs.contains(shard) || access("\(path)/\(ShardName.published(shard))", F_OK) == 0
        ? [] : catalog.images(ofShard: shard).filter(done.contains)
    }
  }

  package func discard(_ indices: [Int]) throws {
    let byShard = Dictionary(grouping: indices) { $0 / catalog.format.shardSize }
    try state.withLock { state in
      for (shard, indices) in byShard.sorted(by: { $0.key < $1.key }) {
        try discard(indices, of: shard, &state)
      }
    }
  }

  /// Turns the shard into a log without these images, which are then added again.
  private func discard(_ indices: [Int], of shard: Int, _ state: inout State) throws {
    let published = "\(path)/\(ShardName.published(shard))"
    if let log = state.logs[shard] {
      state.logs[shard] = try log.without(indices, members)
    } else if access(published, F_OK) == 0 {
      let images = try ShardReader(published).images(
        members, indices: catalog.images(ofShard: shard))
      let log = ShardLog(folder: path, shard: shard, places: images.places, file: published)
      state.logs[shard] = try log.without(indices, members)
      var entries = state.index.entries
      entries[shard] = nil
      try state.index.rewrite(entries)
      unlink(published)
    }
    state.latest = nil
  }

  private func publish(
    _ shard: Int, _ log: ShardLog, _ list: ([Int]) throws -> Void, _ state: inout State
  ) throws {
    let copy = try log.writeSorted(members)
    let entry = try ShardIndex.entry(
      path: copy.temporaryPath, shard: shard, first: catalog.images(ofShard: shard).lowerBound,
      images: log.places.count)
    try list(log.places.keys.sorted())
    let final = "\(path)/\(ShardName.published(shard))"
    try attempt("publish", final, try copy.commit(to: final))
    state.latest = nil
    try state.index.append(entry, shard: shard)
    log.remove()
    state.logs[shard] = nil
  }
}

extension ImageCatalog {
  /// Returns the job's images that belong to a shard.
  func images(ofShard shard: Int) -> Range<Int> {
    let first = shard * format.shardSize
    return (first..<first + format.shardSize).clamped(to: indices)
  }

  /// The shards that contain images of the job.
  var shards: Range<Int> {
    let size = format.shardSize
    return indices.lowerBound / size..<(indices.upperBound + size - 1) / size
  }
}
