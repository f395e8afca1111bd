import Files
import Foundation

/// A shard that does not have all its images yet: an archive of images in their order of arrival,
/// which only grows.
struct ShardLog: Sendable {
  /// The images in the log.
  private(set) var places: [Int: ShardReader.Place]
  /// The path of the log, or of a published shard that will become one.
  private let path: String
  private let shard: Int
  private let folder: String
  /// The number of bytes of complete images.
  private var end: Int

  /// Creates a log without images. Its file is created with the first image.
  init(folder: String, shard: Int) {
    self.folder = folder
    self.shard = shard
    path = "\(folder)/\(ShardName.log(shard))"
    places = [:]
    end = 0
  }

  /// Refers to images in a published shard. `without` then makes it a log.
  init(folder: String, shard: Int, places: [Int: ShardReader.Place], file: String) {
    self.folder = folder
    self.shard = shard
    self.places = places
    path = file
    end = 0
  }

  /// Opens the log of a killed job. An incomplete end will be overwritten. Images that fail the
  /// check are removed.
  ///
  /// - Returns: the log, and the number of images that failed the check.
  static func reopened(
    folder: String, shard: Int, _ members: ShardMembers, indices: Range<Int>, check: ImageCheck?
  ) throws -> (log: ShardLog, damaged: Int) {
    var log = ShardLog(folder: folder, shard: shard)
    let found = try ShardReader(log.path).images(members, indices: indices, check: check)
    log.places = found.places
    log.end = found.end
    return (found.damaged == 0 ? log : try log.without([], members), found.damaged)
  }

  /// Rewrites the log without some images, so that only their new copies are found in it.
  func without(_ indices: [Int], _ members: ShardMembers) throws -> ShardLog {
    var log = ShardLog(folder: folder, shard: shard)
    for index in places.keys where !indices.contains(index) { log.places[index] = places[index] }
    let copy = try log.copy(from: path, members, isShard: false)
    var end = 0
    for index in log.places.keys.sorted() {
      let size = log.places[index]!.size
      log.places[index] = .init(offset: end + TarHeader.blockSize, size: size)
      end += TarHeader.blockSize + TarHeader.padded(size) + members.rest(of: index).count
    }
    log.end = end
    try attempt("write", log.path, try copy.commit(to: log.path))
    return log
  }

  mutating func append(_ index: Int, png: [UInt8], _ members: ShardMembers) throws {
    let writer = try FileWriter(appendingTo: path, at: end)
    let bytes = members.bytes(of: index, png: png)
    try writer.write(bytes)
    try writer.close()
    places[index] = .init(offset: end + TarHeader.blockSize, size: png.count)
    end += bytes.count
  }

  func read(_ place: ShardReader.Place) throws -> Data {
    try Data(ShardReader(path).bytes(at: place.offset, count: place.size))
  }

  /// Writes the complete shard under a temporary name, in the order of its images.
  ///
  /// - Returns: the file, which is on the disk and needs its final name.
  func writeSorted(_ members: ShardMembers) throws -> AtomicFile {
    try copy(from: path, members, isShard: true)
  }

  /// Copies the images from another file to one with a temporary name, in order.
  ///
  /// - Parameter isShard: whether to write the end of an archive, and to wait until the file is on
  ///   the disk.
  private func copy(
    from file: String, _ members: ShardMembers, isShard: Bool
  ) throws -> AtomicFile {
    let published = "\(folder)/\(ShardName.published(shard))"
    let source = try ShardReader(file)
    let copy = try attempt(
      "write", published,
      try AtomicFile(temporaryPath: "\(folder)/\(ShardName.copy(shard))"))
    let writer = FileWriter(copy.file, shownAs: published)
    for index in places.keys.sorted() {
      let place = places[index]!
      let png = try source.bytes(at: place.offset, count: place.size)
      try writer.write(members.bytes(of: index, png: png))
    }
    if isShard {
      try writer.write([UInt8](repeating: 0, count: TarHeader.endSize))
      try writer.synchronize()
    }
    try writer.close()
    return copy
  }

  func remove() {
    unlink(path)
  }
}
