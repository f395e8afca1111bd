import Cache
import Checkpoint
import Compute
import Job
import Recipe

/// The source of the packed weights of networks: the cache, with a key for each network.
package struct PackedConstants {
  private let threads: Int
  private let weights: PackedCache
  private let hashes: FileHashes

  /// - Parameters:
  ///   - ownCopies: what it costs if weights cannot be shared, for the warning.
  ///   - sharing: the files that the ranks of the job pass to each other.
  package init(
    threads: Int, cache: CacheFolder, ownCopies: String = PackedCache.ownCopies,
    sharing: PackedSharing? = nil, note: @escaping (CacheMessage) -> Void = { _ in }
  ) {
    self.threads = threads
    weights = PackedCache(cache, ownCopies: ownCopies, sharing: sharing, note: note)
    hashes = FileHashes(cache)
  }

  /// Returns the packed weights of a network.
  func constants(_ network: NetworkSource, _ run: NetworkRun) -> any ConstantStore {
    weights.constants(for: key(network, run), of: network.path) { [hashes] in
      // A file that was replaced in the meantime must not be used as the one that rank 0 saw.
      guard try hashes.sha256(of: CheckpointFiles(network.path)) == network.sha256 else {
        throw CheckpointError.badData(
          path: network.path, place: nil,
          reason: "is not the file that rank 0 read: it was changed since, or nodes differ; "
            + "start again when all see the same")
      }
    }
  }

  /// Returns the key of the packed weights of a network.
  package func key(_ network: NetworkSource, _ run: NetworkRun) -> PackedKey {
    PackedKey(
      checkpoint: network.sha256 + (network.weights.map { " \($0.key)" } ?? ""),
      configuration: network.architecture.canonicalText + network.prefix,
      precision: run.precision.rawValue, batchSize: run.batchSize,
      threads: threads,
      instructionSet: Processor.instructionSet, library: Processor.libraryVersion,
      program: program)
  }

  /// The version and hash of the running program, because another build may pack differently.
  private var program: String {
    let hash = try? hashes.sha256(of: MappedFile("/proc/self/exe"))
    return "\(ProgramVersion.current) \(hash ?? "")"
  }
}
