import Cache
import Foundation
import Wording

/// The contents of the cache in words.
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

/// The contents of the cache for programs.
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
