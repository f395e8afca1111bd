/// An image's files in a shard, one after the other: `000123.png`, `000123.cls` with its label where
/// it has one, and `000123.json` with what metadata.jsonl says of it.
struct ShardMembers: Sendable {
  let catalog: ImageCatalog

  /// All files, whole blocks.
  func bytes(of index: Int, png: [UInt8]) -> [UInt8] {
    Self.file(ImageRecord.fileName(index: index), png) + rest(of: index)
  }

  /// What follows the PNG file; it depends on the plan alone.
  func rest(of index: Int) -> [UInt8] {
    let record = catalog.record(index)
    let stem = ImageRecord.stem(index: index)
    var object: [UInt8] = []
    record.appendObject(fileName: record.fileName, to: &object)
    let label = record.label.map { Self.file("\(stem).cls", Array("\($0)".utf8)) } ?? []
    return label + Self.file("\(stem).json", object)
  }

  private static func file(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let padding = TarHeader.padded(bytes.count) - bytes.count
    return TarHeader.bytes(name: name, size: bytes.count) + bytes
      + [UInt8](repeating: 0, count: padding)
  }
}
