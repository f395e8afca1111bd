import Compute
import Files
import Foundation

/// Packs the constants of a plan directly into a file, which other processes can map when it is
/// complete.
///
/// If the file cannot be kept, the plan is built anyway: packed constants stay in the unlinked file
/// while the plan is alive, and the remaining ones go to private memory.
final class PackedFileWriter: ConstantStore {
  /// The file, or `nil` when it is complete or abandoned. Processes that wait for it can then
  /// continue.
  private var file: PartialFile?
  private let folder: CacheFolder
  private let verify: () throws -> Void
  private let keep: () -> Void
  private let giveUp: (CacheError) -> Void
  private let start: Date
  private var contents: PackedFile.Contents
  private var end = PackedFile.headerSize
  private var mappings: [FileMapping] = []
  private let own = PrivateConstants()

  /// - Parameters:
  ///   - file: a locked file. Contents from an earlier process are dropped.
  ///   - verify: called before the file becomes visible to others. Throws if the packed data does
  ///     not match the table of contents.
  ///   - start: the start of the job. Weights that it has used since are not removed to make space.
  ///   - keep: called when the file has its final name.
  ///   - giveUp: receives the reason if the file cannot be kept.
  init(
    _ file: PartialFile, in folder: CacheFolder, _ contents: PackedFile.Contents, start: Date,
    verify: @escaping () throws -> Void, keep: @escaping () -> Void,
    giveUp: @escaping (CacheError) -> Void
  ) throws(CacheError) {
    try file.resize(to: 0)
    self.file = file
    self.folder = folder
    self.verify = verify
    self.keep = keep
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
    let checksum = PackedFile.checksum(.init(start: place, count: byteCount))
    contents.blocks.append(
      .init(name: name, offset: end, byteCount: byteCount, checksum: checksum))
    end = PackedFile.aligned(end + byteCount)
    return UnsafeRawPointer(place)
  }

  /// Returns `byteCount` zeroed bytes at the end of the file, or `nil` if there is no space.
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
    // Equal keys mean equal bytes in the table of contents, too.
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let encoded = try encoder.encode(contents)
    do throws(CacheError) {
      try file.write(Array(encoded), at: end)
      try file.resize(to: end + encoded.count)
      try file.write(PackedFile.header(contents: encoded, at: end), at: 0)
      let identity = try file.move(to: folder.path(of: contents.key))
      FileFacts(folder).store(MappedConstants.intact, of: identity)
      keep()
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
