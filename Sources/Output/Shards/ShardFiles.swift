import Files
import Foundation
import Hashing

/// Names of the files of a shard.
enum ShardName {
  /// `000000.tar`.
  static func published(_ shard: Int) -> String { ImageRecord.stem(index: shard) + ".tar" }

  /// Of the log that it is gathered in.
  static func log(_ shard: Int) -> String { ".\(published(shard)).partial" }

  /// Of the sorted copy until it is whole.
  static func copy(_ shard: Int) -> String { ".\(published(shard)).whole.partial" }

  static func shard(ofPublished name: String) -> Int? {
    name.hasSuffix(".tar") ? ImageRecord.index(ofStem: name.utf8.dropLast(4)) : nil
  }

  static func shard(ofLog name: String) -> Int? {
    guard name.hasPrefix("."), name.hasSuffix(".partial") else { return nil }
    return shard(ofPublished: String(name.dropFirst().dropLast(".partial".count)))
  }
}

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

/// `shards-index.jsonl` in the job's folder: a line a shard. It is not in `shards/`, where
/// `datasets.load_dataset("webdataset")` would take it for a shard.
struct ShardIndex: Sendable {
  static let name = "shards-index.jsonl"
  /// The name in `shards/`, where earlier versions wrote it.
  static let oldName = "index.jsonl"

  struct Entry: Codable, Sendable, Equatable {
    let shard: String
    /// The index of the first image that belongs into it.
    let first: Int
    /// How many images it holds.
    let images: Int
    let bytes: Int
    let sha256: String
  }

  private(set) var entries: [Int: Entry] = [:]
  private var file: LineFile

  /// Reads what is there, or what an earlier version wrote; lines that are not whole are passed over.
  ///
  /// - Parameter folder: the job's.
  init(folder: String) {
    file = LineFile(folder: folder, name: Self.name)
    let oldFile = "\(folder)/shards/\(Self.oldName)"
    let data =
      (try? RegularFile.read("\(folder)/\(Self.name)")) ?? (try? RegularFile.read(oldFile))
      ?? Data()
    let decoder = JSONDecoder()
    for line in data.split(separator: UInt8(ascii: "\n")) {
      if let entry = try? decoder.decode(Entry.self, from: Data(line)),
        let shard = ShardName.shard(ofPublished: entry.shard)
      {
        entries[shard] = entry
      }
    }
  }

  mutating func append(_ entry: Entry, shard: Int) throws {
    var line: [UInt8] = []
    Self.append(entry, to: &line)
    try file.append(line)
    entries[shard] = entry
  }

  /// Rewrites it, in order.
  mutating func rewrite(_ entries: [Int: Entry]) throws {
    try file.rewrite(entries.keys.sorted()) { Self.append(entries[$0]!, to: &$1) }
    self.entries = entries
  }

  /// The line of a shard as it lies there.
  static func entry(path: String, shard: Int, first: Int, images: Int) throws -> Entry {
    guard FileKind.at(path) == .file,
      let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    else { throw OutputError.unreadableImage(path: path, reason: "it cannot be read") }
    return Entry(
      shard: ShardName.published(shard), first: first, images: images, bytes: data.count,
      sha256: data.withUnsafeBytes(SHA256.hexadecimal))
  }

  private static func append(_ entry: Entry, to bytes: inout [UInt8]) {
    bytes +=
      """
      {"shard":"\(entry.shard)","first":\(entry.first),"images":\(entry.images),\
      "bytes":\(entry.bytes),"sha256":"\(entry.sha256)"}

      """.utf8
  }
}
