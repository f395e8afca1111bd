import Foundation
import Hashing

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
