import Cache
import Checkpoint
import Compute
import Job
import Recipe

/// Where the packed weights of networks come from: the cache, under the key of each.
package struct WeightsSource {
  private let threads: Int
  private let weights: WeightsCache
  private let hashes: FileHashes

  /// - Parameter ownCopies: what it means when weights cannot be kept, for the warning.
  package init(
    threads: Int, cache: CacheFolder,
    ownCopies: String = WeightsCache.ownCopies, note: @escaping (String) -> Void
  ) {
    self.threads = threads
    weights = WeightsCache(cache, ownCopies: ownCopies, note: note)
    hashes = FileHashes(cache)
  }

  /// The packed weights of a network of a stage.
  func constants(_ network: NetworkSource, for stage: Stage) -> any ConstantStore {
    weights.constants(for: key(network, for: stage), of: network.path) { [hashes] in
      // A file that was replaced in the meantime must not pass for the one that rank 0 saw.
      guard try hashes.sha256(of: MappedFile(network.path)) == network.sha256 else {
        throw CheckpointError.badData(
          path: network.path, place: nil,
          reason: "is not the file that rank 0 read: it was changed since, or nodes differ; "
            + "start again when all see the same")
      }
    }
  }

  /// What the packed weights of a network depend on.
  package func key(_ network: NetworkSource, for stage: Stage) -> WeightsKey {
    WeightsKey(
      checkpoint: network.sha256 + (network.weights.map { " \($0.key)" } ?? ""),
      configuration: network.architecture.canonicalText + network.prefix,
      precision: stage.precision.rawValue, batchSize: stage.batchSize, threads: threads,
      instructionSet: Processor.instructionSet, library: Processor.libraryVersion,
      program: program)
  }

  /// The version and the hash of the program that runs: another build may pack otherwise.
  private var program: String {
    let hash = try? hashes.sha256(of: MappedFile("/proc/self/exe"))
    return "\(ProgramVersion.current) \(hash ?? "")"
  }
}
