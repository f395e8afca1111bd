import ArgumentParser
import Cache
import Checkpoint
import Foundation
import Job
import Model
import Program

/// `diffuse-mpi cache`: what is kept between jobs.
struct ShowCache: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "List or remove the packed weights kept for later jobs.",
    discussion: """
      Packed weights can be made again from the checkpoints, so they can be removed at any time, \
      even while jobs use them. Those that no job has used for 30 days are removed when others are \
      packed.
      """,
    subcommands: [RemoveFromCache.self])

  @OptionGroup var options: CacheOptions

  @Flag(help: "Remove everything in the cache.")
  var clear = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Console.isFirstRank else { return }
    let folder = try options.requiredFolder()
    let listing = CacheListing(folder.entries, bundled: BundledModel.hashes(folder))
    if clear {
      let bytes = folder.entries.reduce(0) { $0 + $1.byteCount }
      try folder.removing { try folder.clear() }
      print("removed \(ByteText.binary(bytes)) from \(folder.path)")
    } else if json {
      print(try JSONText.of(CacheJSON(folder, listing)))
    } else {
      print(CacheText(folder, listing).text)
    }
  }
}

/// `diffuse-mpi cache rm`: removes the packed weights of a model.
struct RemoveFromCache: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove the packed weights of models.")

  @OptionGroup var options: CacheOptions

  @Argument(
    help: ArgumentHelp(
      "Models: a bundled model's name, a checkpoint's path or file name, or the beginning of its "
        + "SHA-256.", valueName: "name"))
  var names: [String]

  func run() throws {
    guard Console.isFirstRank else { return }
    let folder = try options.requiredFolder()
    let listing = CacheListing(folder.entries, bundled: BundledModel.hashes(folder))
    let models = try names.map { try choose($0, listing) }
    for model in models.joined() {
      try folder.removing { try folder.remove(model.entries) }
      print("removed \(model.title): \(ByteText.binary(model.byteCount))")
    }
  }

  private func choose(_ name: String, _ listing: CacheListing) throws -> [CacheListing.Model] {
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
}

extension CacheOptions {
  fileprivate func requiredFolder() throws -> CacheFolder {
    let location = location
    if let folder = location.folder {
      if let warning = location.warning { Console.note(warning) }
      return folder
    }
    throw Failure(
      location.warning.map { String($0.dropFirst("warning: ".count)) }
        ?? "the cache is turned off ('none'), so it holds nothing; name a folder with "
        + "--weights-cache", status: .usage)
  }
}

extension CacheFolder {
  fileprivate func removing(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      throw Failure("cannot remove \(error)", status: .cannotWrite)
    }
  }
}

extension BundledModel {
  /// The names of all bundled models by the hashes of their checkpoints.
  fileprivate static func hashes(_ folder: CacheFolder) -> [String: String] {
    let hashes = FileHashes(folder)
    let pairs = names.compactMap { try? BundledModel(named: $0) }.flatMap { model in
      [model.unetFile, model.classifierFile].compactMap(\.self)
        .compactMap { try? hashes.sha256(of: MappedFile($0.path)) }.map { ($0, model.name) }
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
