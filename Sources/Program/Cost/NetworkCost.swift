import Cache
import Compute
import Foundation
import Model
import Recipe
import Worker

/// The cost of the networks of a recipe, computed from their description.
package struct NetworkCost {
  /// The floating-point operations of one evaluation of each network for one image.
  package private(set) var flopsPerImage: [NetworkRole: Double] = [:]
  /// The memory of activations in bytes, which the networks share, without oneDNN's scratch memory.
  package private(set) var activationBytes = 0
  /// The size of one copy of each network's packed weights. A classifier includes its gradient.
  package private(set) var weightBytes: [NetworkRole: Int] = [:]
  /// The size of one copy of all networks.
  package var weights: Int { weightBytes.values.reduce(0, +) }
  /// The floating-point operations of the largest network for one image.
  package var largestEvaluation: Double { flopsPerImage.values.max() ?? 0 }

  package init(_ recipe: SamplingRecipe) {
    for (role, source) in recipe.networks {
      let run = recipe.run(of: role)
      let graph = source.architecture.graph(batch: run.batchSize, type: run.precision)
      flopsPerImage[role] = graph.flops / Double(run.batchSize)
      let size = GraphSize(graph)
      activationBytes = max(activationBytes, size.activations)
      weightBytes[role] = size.constants
    }
  }
}

/// The cache of a job's packed weights, and the entries that exist already.
package struct PackedState {
  package struct Network {
    /// The path of the checkpoint.
    package let path: String
    /// The size of one copy: the size of the packed file, or an estimate from the description.
    package let bytes: Int
    /// The numbers of threads for which packed weights exist.
    package let packedThreads: [Int]

    package var name: String { URL(fileURLWithPath: path).lastPathComponent }
  }

  /// The cache, or `nil` if every rank packs its own weights at every start.
  package let cache: CacheFolder?
  package let networks: [Network]

  package init(_ recipe: SamplingRecipe, _ cost: NetworkCost, _ cache: CacheFolder?) {
    self.cache = cache
    let entries = cache?.entries ?? []
    let source = cache.map { PackedConstants(threads: 1, cache: $0) }
    networks = recipe.networks.map { role, network in
      Self.network(
        network, cost.weightBytes[role] ?? 0,
        key: source?.key(network, recipe.run(of: role)), entries)
    }
  }

  /// The size of one copy of all networks.
  package var bytes: Int { networks.reduce(0) { $0 + $1.bytes } }

  /// Returns the number of bytes that a rank with `threads` threads would have to pack first.
  package func unpackedBytes(threads: Int) -> Int {
    networks.filter { !$0.packedThreads.contains(threads) }.reduce(0) { $0 + $1.bytes }
  }

  /// Returns the state of a network's packed weights for any number of threads, because a rank's
  /// share of the CPUs is not known before the ranks start.
  private static func network(
    _ network: NetworkSource, _ bytes: Int, key: PackedKey?, _ entries: [CacheFolder.Entry]
  ) -> Network {
    var key = key
    let packed = entries.filter { entry in
      guard let found = entry.weights?.key else { return false }
      key?.threads = found.threads
      return found == key
    }
    return Network(
      path: network.path, bytes: packed.first?.byteCount ?? bytes,
      packedThreads: Set(packed.compactMap(\.weights?.key.threads)).sorted())
  }
}
