import Cache
import Checkpoint
import Foundation
import Job
import Model

/// What `cache` lists and removes: the packed weights kept for later jobs.
package struct CacheContents {
  private let folder: CacheFolder
  private let listing: CacheListing

  /// - Throws: a `Failure` where nothing is kept.
  package init(_ location: CacheLocation) throws {
    guard let folder = location.folder else {
      throw Failure(
        location.warning.map { String($0.dropFirst("warning: ".count)) }
          ?? "the cache is turned off ('none'), so it holds nothing; name a folder with "
          + "--weights-cache", status: .usage)
    }
    if let warning = location.warning { Console.note(warning) }
    self.folder = folder
    listing = CacheListing(folder.entries, bundled: BundledModel.hashes(folder))
  }

  package func text(asJSON: Bool) throws -> String {
    asJSON ? try JSONText.of(CacheJSON(folder, listing)) : CacheText(folder, listing).text
  }

  /// Removes everything.
  ///
  /// - Returns: what was removed, for the user.
  package func clear() throws -> String {
    let bytes = folder.entries.reduce(0) { $0 + $1.byteCount }
    try removing { try folder.clear() }
    return "removed \(ByteText.binary(bytes)) from \(folder.path)"
  }

  /// Removes the packed weights of models, and says so after each.
  ///
  /// - Parameter names: as the user names the models.
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
