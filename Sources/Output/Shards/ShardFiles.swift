import Files
import Foundation
import Hashing

/// The names of a shard's files.
enum ShardName {
  /// Returns the name of a published shard, such as `000000.tar`.
  static func published(_ shard: Int) -> String { ImageRecord.stem(index: shard) + ".tar" }

  /// Returns the name of the log in which a shard's images are collected.
  static func log(_ shard: Int) -> String { ".\(published(shard)).partial" }

  /// Returns the name of the sorted copy until it is complete.
  static func copy(_ shard: Int) -> String { ".\(published(shard)).whole.partial" }

  static func shard(ofPublished name: String) -> Int? {
    name.hasSuffix(".tar") ? ImageRecord.index(ofStem: name.utf8.dropLast(4)) : nil
  }

  static func shard(ofLog name: String) -> Int? {
    guard name.hasPrefix("."), name.hasSuffix(".partial") else { return nil }
    return shard(ofPublished: String(name.dropFirst().dropLast(".partial".count)))
  }
}

/// The files of an image in a shard, one after the other: `000123.png`, `000123.cls` with the label
/// if there is one, and `000123.json` with its metadata as in metadata.jsonl.
struct ShardMembers: Sendable {
  let catalog: ImageCatalog

  /// Returns all files, padded to complete blocks.
  func bytes(of index: Int, png: [UInt8]) -> [UInt8] {
    Self.file(ImageRecord.fileName(index: index), png) + rest(of: index)
  }

  /// Returns the files after the PNG file. They depend only on the plan.
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

/// `shards-index.jsonl` in the job's folder, with one line per shard. It is not in `shards/`, where
/// `datasets.load_dataset("webdataset")` would take it for a shard.
struct ShardIndex: Sendable {
  static let name = "shards-index.jsonl"
  /// The name in `shards/` that earlier versions used.
  static let oldName = "index.jsonl"

  struct Entry: Codable, Sendable, Equatable {
    let shard: String
    /// The index of the first image that belongs to the shard.
    let first: Int
    /// The number of images that the shard holds.
    let images: Int
    let bytes: Int
    let sha256: String
  }

  private(set) var entries: [Int: Entry] = [:]
  private var file: LineFile

  /// Reads the existing file, or that of an earlier version. Skips incomplete lines.
  ///
  /// - Parameter folder: the folder of the job.
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

  /// Rewrites the file, in order.
  mutating func rewrite(_ entries: [Int: Entry]) throws {
    try file.rewrite(entries.keys.sorted()) { Self.append(entries[$0]!, to: &$1) }
    self.entries = entries
  }

  /// Returns the entry for a shard's current file.
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
