import Cache
import Checkpoint
import Foundation
import Job
import Model
import Wording

/// The packed weights that `cache` lists and removes.
package struct CacheContents {
  private let folder: CacheFolder
  private let listing: CacheListing

  /// - Throws: a `Failure` if caching is off.
  package init(_ location: CacheLocation) throws {
    guard let folder = location.folder else {
      throw Failure(
        location.warning.map { String(OptionNames.text($0).dropFirst("warning: ".count)) }
          ?? "the cache is turned off ('none'), so it holds nothing; name a folder with "
          + "--weights-cache", status: .usage)
    }
    if let warning = location.warning { Console.note(OptionNames.text(warning)) }
    self.folder = folder
    listing = CacheListing(folder.entries, bundled: BundledModel.hashes(folder))
  }

  package func text(asJSON: Bool) throws -> String {
    asJSON ? try JSONText.of(CacheJSON(folder, listing)) : CacheText(folder, listing).text
  }

  /// Removes everything.
  ///
  /// - Returns: a message about what was removed.
  package func clear() throws -> String {
    let bytes = folder.entries.reduce(0) { $0 + $1.byteCount }
    try removing { try folder.clear() }
    return "removed \(ByteText.binary(bytes)) from \(folder.path)"
  }

  /// Removes the packed weights of models, and prints a line after each.
  ///
  /// - Parameter names: the names of the models, as the user wrote them.
  package func remove(_ names: [String]) throws {
    let models = try names.map(choose)
    for model in models.joined() {
      try removing { try folder.remove(model.entries) }
      print("removed \(model.title): \(ByteText.binary(model.byteCount))")
    }
  }

  private func choose(_ name: String) throws -> [CacheListing.Model] {
    let found = listing.models(named: name)
    guard !found.isEmpty else {
      throw Failure(
        "the cache has no packed weights of '\(name)'; 'diffuse-mpi cache' lists what it has",
        status: .usage)
    }
    guard found.allSatisfy({ $0.bundledName == name }) || Set(found.map(\.path)).count == 1 else {
      let list = found.map { "  \($0.checkpoint.prefix(12))  \($0.title)" }
      throw Failure(
        "'\(name)' matches several models; name one by its hash or path:\n"
          + list.joined(separator: "\n"), status: .usage)
    }
    return found
  }

  private func removing(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      throw Failure("cannot remove \(error)", status: .cannotWrite)
    }
  }
}

extension BundledModel {
  /// Returns the names of all bundled models by the hashes of their checkpoints.
  static func hashes(_ folder: CacheFolder?) -> [String: String] {
    let hashes = FileHashes(folder)
    let pairs = names.compactMap { try? BundledModel(named: $0) }.flatMap { model in
      [model.modelFile, model.classifierFile].compactMap(\.self)
        .compactMap { try? hashes.sha256(of: MappedFile($0.path)) }.map { ($0, model.name) }
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

/// The contents of the cache as text.
struct CacheText {
  private let folder: CacheFolder
  private let listing: CacheListing

  init(_ folder: CacheFolder, _ listing: CacheListing) {
    self.folder = folder
    self.listing = listing
  }

  var text: String {
    ([heading] + listing.models.flatMap(lines) + listing.others.map(line))
      .joined(separator: "\n")
  }

  private var heading: String {
    let total = listing.byteCount == 0 ? "empty" : ByteText.binary(listing.byteCount)
    return "\(folder.path): \(total)"
      + (folder.limit.map { " of at most \(ByteText.binary($0))" } ?? "")
  }

  private func lines(_ model: CacheListing.Model) -> [String] {
    let heading =
      "  \(model.title) (\(model.checkpoint.prefix(8))): \(ByteText.binary(model.byteCount))"
    return [heading]
      + model.entries.map { "    " + ByteText.binary($0.byteCount) + ", " + details($0) }
  }

  private func details(_ entry: CacheFolder.Entry) -> String {
    guard let key = entry.weights?.key else { return "" }
    let threads = counted(key.threads, "thread")
    let day = entry.lastUsed.formatted(.iso8601.year().month().day())
    return "\(key.precision), batch size \(key.batchSize), \(threads), \(key.instructionSet), "
      + "last used \(day)"
  }

  private func line(_ entry: CacheFolder.Entry) -> String {
    let state = entry.name.hasSuffix(".partial") ? "not finished" : "not readable"
    return "  \(state): \(ByteText.binary(entry.byteCount))"
  }
}

/// The contents of the cache as JSON.
struct CacheJSON: Encodable {
  private struct Model: Encodable {
    let bundledName: String?
    let path: String
    let sha256: String
    let weightsKey: String?
    let bytes: Int
    let entries: [Entry]
  }

  private struct Entry: Encodable {
    let file: String
    let bytes: Int
    let precision: String
    let batchSize: Int
    let threads: Int
    let instructionSet: String
    let lastUsed: String
  }

  private let folder: String
  private let bytes: Int
  private let limitBytes: Int?
  private let models: [Model]

  init(_ folder: CacheFolder, _ listing: CacheListing) {
    self.folder = folder.path
    bytes = listing.byteCount
    limitBytes = folder.limit
    models = listing.models.map {
      Model(
        bundledName: $0.bundledName, path: $0.path, sha256: $0.sha256, weightsKey: $0.weightsKey,
        bytes: $0.byteCount, entries: $0.entries.compactMap(Self.entry))
    }
  }

  private static func entry(_ entry: CacheFolder.Entry) -> Entry? {
    guard let key = entry.weights?.key else { return nil }
    return Entry(
      file: entry.name, bytes: entry.byteCount, precision: key.precision,
      batchSize: key.batchSize, threads: key.threads, instructionSet: key.instructionSet,
      lastUsed: entry.lastUsed.formatted(.iso8601))
  }
}
