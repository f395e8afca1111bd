import Foundation

/// A shard whose images are not all there yet: an archive in their order of arrival, which only
/// grows.
struct ShardLog: Sendable {
  /// The images that it holds.
  private(set) var places: [Int: ShardReader.Place]
  private let path: String
  private let shard: Int
  private let folder: String
  /// Bytes of whole images.
  private var end: Int

  /// A log without images; the file is made with the first.
  init(folder: String, shard: Int) {
    self.folder = folder
    self.shard = shard
    path = "\(folder)/\(ShardName.log(shard))"
    places = [:]
    end = 0
  }

  /// What a killed job left; a torn end will be overwritten.
  ///
  /// - Returns: with the number of images that are not what they should be.
  static func reopened(
    folder: String, shard: Int, _ members: ShardMembers, indices: Range<Int>, check: ImageCheck?
  ) throws -> (log: ShardLog, damaged: Int) {
    var log = ShardLog(folder: folder, shard: shard)
    let found = try ShardReader(log.path).images(members, indices: indices, check: check)
    log.places = found.places
    log.end = found.end
    return (log, found.damaged)
  }

  mutating func append(_ index: Int, png: [UInt8], _ members: ShardMembers) throws {
    let writer = try FileWriter(path, at: end)
    let bytes = members.bytes(of: index, png: png)
    try writer.write(bytes)
    try writer.close()
    places[index] = .init(offset: end + TarHeader.blockSize, size: png.count)
    end += bytes.count
  }

  func read(_ place: ShardReader.Place) throws -> Data {
    try Data(ShardReader(path).bytes(at: place.offset, count: place.size))
  }

  /// Writes the whole shard in the order of its images, under a temporary name.
  ///
  /// - Returns: that file's path, on the disk.
  func writeSorted(_ members: ShardMembers) throws -> String {
    let copy = "\(folder)/\(ShardName.copy(shard))"
    let source = try ShardReader(path)
    do {
      let writer = try FileWriter(copy, shownAs: "\(folder)/\(ShardName.published(shard))")
      for index in places.keys.sorted() {
        let place = places[index]!
        let png = try source.bytes(at: place.offset, count: place.size)
        try writer.write(members.bytes(of: index, png: png))
      }
      try writer.write([UInt8](repeating: 0, count: TarHeader.endSize))
      try writer.synchronize()
      try writer.close()
    } catch {
      unlink(copy)
      throw error
    }
    return copy
  }

  func remove() {
    unlink(path)
  }
}
