import Files
import Foundation

/// Reads a shard or its log, up to the first byte that this job did not write.
final class ShardReader: Sendable {
  /// The position of an image's PNG file.
  struct Place: Sendable, Equatable {
    let offset: Int
    let size: Int
  }

  let size: Int
  private let file: OpenFile
  private let path: String

  init(_ path: String) throws {
    self.path = path
    (file, size) = try RegularFile.open(path)
  }

  /// Whether the file has the end of an archive.
  var hasEnd: Bool {
    size >= TarHeader.endSize && size % TarHeader.blockSize == 0
      && (try? bytes(at: size - TarHeader.endSize, count: TarHeader.endSize))?
        .allSatisfy { $0 == 0 } == true
  }

  /// Returns the complete images from the beginning of the file, and the offset at which they end.
  /// If an image occurs twice, the first one counts.
  ///
  /// - Parameter indices: the indices of the shard's images.
  func images(
    _ members: ShardMembers, indices: Range<Int>, check: ImageCheck? = nil
  ) -> (places: [Int: Place], damaged: Int, end: Int) {
    var places: [Int: Place] = [:]
    var damaged = 0
    var offset = 0
    while let (index, place, next) = image(at: offset, members, indices) {
      offset = next
      guard places[index] == nil else { continue }
      if let check, !isRight(place, index, check) {
        damaged += 1
      } else {
        places[index] = place
      }
    }
    return (places, damaged, offset)
  }

  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      let room = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
      done = (try? file.read(into: room, at: offset)) ?? 0
    }
    guard bytes.count == count else {
      throw OutputError.unreadableImage(path: path, reason: "it ends too early, or cannot be read")
    }
    return bytes
  }

  private func image(
    at offset: Int, _ members: ShardMembers, _ indices: Range<Int>
  ) -> (index: Int, place: Place, next: Int)? {
    let start = offset + TarHeader.blockSize
    guard start <= size,
      let header = try? TarHeader.parse(bytes(at: offset, count: TarHeader.blockSize)),
      let index = ImageRecord.index(ofFile: header.name), indices.contains(index),
      header.size <= size - start
    else { return nil }
    let rest = members.rest(of: index)
    let end = start + TarHeader.padded(header.size)
    guard rest.count <= size - end,
      PNGEnds.isComplete(file.descriptor, offset: start, size: header.size),
      (try? bytes(at: end, count: rest.count)) == rest
    else { return nil }
    return (index, Place(offset: start, size: header.size), end + rest.count)
  }

  private func isRight(_ place: Place, _ index: Int, _ check: ImageCheck) -> Bool {
    guard let png = try? bytes(at: place.offset, count: place.size) else { return false }
    return check.fault(in: Data(png), index: index) == nil
  }
}
