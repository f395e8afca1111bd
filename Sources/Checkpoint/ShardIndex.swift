import Foundation
import JSON

/// The index of a checkpoint that is split over several files, such as
/// `model.safetensors.index.json`: the file of each tensor.
///
/// transformers, diffusers and huggingface_hub write it. The files, called shards, are in the same
/// folder.
struct ShardIndex: Sendable {
  let file: MappedFile
  /// The name of the file that holds a tensor, by the name of the tensor.
  let shards: [String: String]
  /// The names of all files, sorted.
  let names: [String]

  static let ending = ".index.json"
  /// More than any network needs. Each shard is mapped.
  private static let mostShards = 1000
  private static let largestFile = 100_000_000

  /// Returns whether the file is such an index, and not a checkpoint.
  static func isIndex(_ file: MappedFile) -> Bool {
    let start = file.bytes(0..<min(file.count, 65536))
    // A short table of sizes precedes the list of shards.
    return start.first == UInt8(ascii: "{")
      && (file.path.hasSuffix(ending)
        || String(decoding: start, as: UTF8.self).contains("\"weight_map\""))
  }

  /// Returns the name of the index in a folder, preferring .safetensors files. `nil` if it has none.
  ///
  /// - Throws: `CheckpointError.unreadable` if the folder has several.
  static func find(in folder: String) throws(CheckpointError) -> String? {
    let all = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .filter { $0.hasSuffix(ending) }
    let safetensors = all.filter { $0.hasSuffix(".safetensors" + ending) }
    let found = safetensors.isEmpty ? all : safetensors
    guard found.count < 2 else {
      throw .unreadable(
        path: folder,
        reason: "holds several checkpoints: name one of \(found.joined(separator: ", "))")
    }
    return found.first
  }

  /// - Throws: `CheckpointError.badData` if the file is not such an index, or if a shard is not a
  ///   file beside it.
  init(_ file: MappedFile) throws(CheckpointError) {
    guard file.count <= Self.largestFile else {
      throw file.badData(nil, "has \(file.count) bytes, which is more than any index has")
    }
    self.file = file
    shards = try file.json { (scanner) throws(JSONError) in try Self.shards(&scanner) }
    names = Set(shards.values).sorted()
    guard !names.isEmpty else {
      throw file.badData("weight_map", "is missing or empty; \(Remedy.fetchAgain)")
    }
    guard names.count <= Self.mostShards else {
      throw file.badData("weight_map", "names \(names.count) files, more than any model has")
    }
    for name in names where !Self.isInFolder(name) {
      throw file.badData(
        "weight_map",
        "'\(name)' is not the name of a file beside the index: put all files into one folder, and "
          + "correct the index")
    }
  }

  private static func shards(_ scanner: inout JSONScanner) throws(JSONError) -> [String: String] {
    var shards: [String: String] = [:]
    try scanner.object { (scanner, key) throws(JSONError) in
      guard key == "weight_map" else { return try scanner.skipValue() }
      try scanner.object { (scanner, tensor) throws(JSONError) in
        guard shards.updateValue(try scanner.string(), forKey: tensor) == nil else {
          throw scanner.error(.content("\(tensor) is listed twice"))
        }
      }
    }
    try scanner.end()
    return shards
  }

  /// Returns whether a name from the index, which is not trusted, stays in the folder of the index.
  private static func isInFolder(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
      && !name.utf8.contains(0)
  }

  /// Opens all shards, in the order of `names`.
  ///
  /// - Throws: `CheckpointError.unreadable` if one is missing.
  func open() throws(CheckpointError) -> [MappedFile] {
    let folder = file.path.dropLast(file.name.count)
    var files: [MappedFile] = []
    for name in names {
      do {
        files.append(try MappedFile(folder + name))
      } catch {
        guard case .unreadable(let path, let reason) = error else { throw error }
        throw .unreadable(
          path: path, reason: "\(reason); \(file.name) lists it as one of \(names.count) files")
      }
    }
    return files
  }
}
