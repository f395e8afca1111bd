import ArgumentParser
import Cache
import Foundation
import Job

/// `diffuse-mpi cache`: what is kept between jobs.
struct ShowCache: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Show the packed weights that are kept for later jobs, or remove them.",
    discussion: """
      All of it can be made again, and may be removed while jobs run. Weights that no job has used \
      for 30 days go by themselves when others are packed.
      """)

  @OptionGroup var options: CacheOptions

  @Flag(help: "Remove everything that is kept.")
  var clear = false

  func run() throws {
    guard Console.isFirstRank else { return }
    guard let folder = options.folder else {
      throw Failure(
        "--weights-cache none keeps nothing; name the folder, or leave it out", status: .usage)
    }
    let entries = folder.entries
    let total = WeightsText.mebibytes(entries.reduce(0) { $0 + $1.byteCount })
    if clear {
      do {
        try folder.clear()
      } catch {
        throw Failure("cannot remove \(error)", status: .cannotWrite)
      }
      print("removed \(total) from \(folder.path)")
    } else {
      print("\(folder.path): \(entries.isEmpty ? "empty" : total)")
      for entry in entries {
        if let text = text(entry) { print("  " + text) }
      }
    }
  }

  /// One line; nothing for notes of files elsewhere.
  private func text(_ entry: CacheFolder.Entry) -> String? {
    let size = WeightsText.mebibytes(entry.byteCount)
    if let weights = entry.weights {
      let (key, day) = (weights.key, entry.lastUsed.formatted(.iso8601.year().month().day()))
      return "\(weights.title): \(size), \(key.precision), batches of \(key.batchSize), "
        + "threads \(key.threads), \(key.instructionSet), last used \(day)"
    }
    if entry.name.hasSuffix(".partial") { return "unfinished: \(size)" }
    return entry.name.hasSuffix(".weights") ? "unreadable: \(size)" : nil
  }
}
