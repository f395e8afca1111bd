import Cache
import Checkpoint
import Compute
import Foundation
import Job
import Model

/// Where the packed weights of a recipe's networks come from: the cache, under the key of each.
package struct WeightsSource {
  private let recipe: SamplingRecipe
  private let threads: Int
  private let weights: WeightsCache
  private let hashes: FileHashes

  /// - Parameter ownCopies: what it means when weights cannot be kept, for the warning.
  package init(
    _ recipe: SamplingRecipe, threads: Int, cache: CacheFolder,
    ownCopies: String = WeightsCache.ownCopies, note: @escaping (String) -> Void
  ) {
    self.recipe = recipe
    self.threads = threads
    weights = WeightsCache(cache, ownCopies: ownCopies, note: note)
    hashes = FileHashes(cache)
  }

  func constants(_ part: GuidedNetwork.Part) -> any ConstantStore {
    switch part {
    case .unet: constants(recipe.unet)
    case .classifier: recipe.classifier.map(constants) ?? PrivateConstants()
    }
  }

  private func constants<Configuration>(
    _ network: SamplingRecipe.Network<Configuration>
  ) -> any ConstantStore {
    weights.constants(for: key(network), of: network.path) { [hashes] in
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
  package func key<Configuration>(
    _ network: SamplingRecipe.Network<Configuration>
  ) -> WeightsKey {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // A struct of numbers and strings always encodes.
    let configuration = try! encoder.encode(network.configuration)
    return WeightsKey(
      checkpoint: network.sha256 + (network.weights.map { " \($0.key)" } ?? ""),
      configuration: String(decoding: configuration, as: UTF8.self),
      precision: recipe.precision.rawValue, batchSize: recipe.batchSize, threads: threads,
      instructionSet: Processor.instructionSet, library: Processor.libraryVersion,
      program: program)
  }

  /// The version and the hash of the program that runs: another build may pack otherwise.
  private var program: String {
    let hash = try? hashes.sha256(of: MappedFile("/proc/self/exe"))
    return "\(ProgramVersion.current) \(hash ?? "")"
  }
}
