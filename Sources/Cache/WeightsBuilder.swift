import Compute
import Files
import Foundation

/// Packs the constants of a plan straight into a file, which others can map once it is whole.
///
/// When the file cannot be kept after all, the plan is made all the same: what is packed by then
/// stays in the nameless file as long as the plan lives, the rest goes to private memory.
final class WeightsBuilder: ConstantStore {
  /// `nil` once it is whole or given up: those who wait for it can go on.
  private var file: PartialFile?
  private let folder: CacheFolder
  private let verify: () throws -> Void
  private let giveUp: (CacheError) -> Void
  private let start: Date
  private var contents: WeightsFile.Contents
  private var end = WeightsFile.headerSize
  private var mappings: [FileMapping] = []
  private let own = PrivateConstants()

  /// - Parameters:
  ///   - file: locked; what an earlier process left in it is dropped.
  ///   - verify: called before others may see the file; throws when what was packed is not what
  ///     the contents say.
  ///   - start: when the job began; weights that it has used since are not removed for these.
  ///   - giveUp: told why the file cannot be kept.
  init(
    _ file: PartialFile, in folder: CacheFolder, _ contents: WeightsFile.Contents, start: Date,
    verify: @escaping () throws -> Void, giveUp: @escaping (CacheError) -> Void
  ) throws(CacheError) {
    try file.resize(to: 0)
    self.file = file
    self.folder = folder
    self.verify = verify
    self.giveUp = giveUp
    self.start = start
    self.contents = contents
  }

  deinit { file?.remove() }

  func constant(
    _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> UnsafeRawPointer {
    guard let file, let place = map(byteCount, of: file) else {
      return try own.constant(name, byteCount: byteCount, fill: fill)
    }
    try fill(place)
    let checksum = WeightsFile.checksum(.init(start: place, count: byteCount))
    contents.blocks.append(
      .init(name: name, offset: end, byteCount: byteCount, checksum: checksum))
    end = WeightsFile.aligned(end + byteCount)
    return UnsafeRawPointer(place)
  }

  /// `byteCount` zeroed bytes at the end of the file; `nil` when there is no room.
  private func map(_ byteCount: Int, of file: PartialFile) -> UnsafeMutableRawPointer? {
    let firstPage = end / FileMapping.pageSize * FileMapping.pageSize
    do throws(CacheError) {
      let mapping = try file.map(firstPage..<max(end + byteCount, firstPage + 1))
      mappings.append(mapping)
      return mapping.writableBytes.baseAddress! + (end - firstPage)
    } catch {
      drop(error)
      return nil
    }
  }

  func finish() throws {
    for mapping in mappings { mapping.makeReadOnly() }
    guard let file else { return }
    try verify()
    let encoded = try JSONEncoder().encode(contents)
    do throws(CacheError) {
      try file.write(Array(encoded), at: end)
      try file.resize(to: end + encoded.count)
      try file.write(WeightsFile.header(contents: encoded, at: end), at: 0)
      let identity = try file.move(to: folder.path(of: contents.key.fileName))
      FileMemory(folder).keep(MappedWeights.intact, of: identity)
    } catch {
      drop(error)
    }
    self.file = nil
    folder.removeUnused(since: start)
  }

  private func drop(_ error: CacheError) {
    file?.remove()
    file = nil
    giveUp(error)
  }
}
