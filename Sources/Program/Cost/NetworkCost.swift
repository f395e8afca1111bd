import Cache
import Compute
import Foundation
import Model
import Recipe
import Worker

/// What the networks of a recipe cost, from their description alone.
package struct NetworkCost {
  /// Floating-point operations of one step for one image.
  package private(set) var flopsAnImage = 0.0
  /// oneDNN's scratch memory comes on top.
  package private(set) var activationBytes = 0
  /// Packed weights of each network: one copy, a classifier's with its gradient.
  package private(set) var weightBytes: [NetworkRole: Int] = [:]
  /// Of one copy of all networks.
  package var weights: Int { weightBytes.values.reduce(0, +) }

  package init(_ recipe: SamplingRecipe) {
    for (role, source) in recipe.networks {
      let stage = recipe[role]
      let graph = source.architecture.graph(batch: stage.batchSize, type: stage.precision)
      flopsAnImage += graph.flops / Double(stage.batchSize)
      activationBytes += MemoryPlan(graph).byteCount
      weightBytes[role] = graph.constantBytes
    }
  }
}

/// Where the packed weights of a job are kept, and which exist already.
package struct WeightsState {
  package struct Network {
    /// Of the checkpoint.
    package let path: String
    /// Of one copy: as packed, or as the description of the network promises.
    package let bytes: Int
    /// The numbers of threads for which packed weights exist.
    package let packedThreads: [Int]

    package var name: String { URL(fileURLWithPath: path).lastPathComponent }
  }

  /// `nil` where every rank packs its own at every start.
  package let cache: CacheFolder?
  package let networks: [Network]

  package init(_ recipe: SamplingRecipe, _ cost: NetworkCost, _ cache: CacheFolder?) {
    self.cache = cache
    let entries = cache?.entries ?? []
    let source = cache.map { WeightsSource(threads: 1, cache: $0, note: { _ in }) }
    networks = recipe.networks.map { role, network in
      Self.network(
        network, cost.weightBytes[role] ?? 0, key: source?.key(network, for: recipe[role]), entries)
    }
  }

  /// Of one copy of all networks.
  package var bytes: Int { networks.reduce(0) { $0 + $1.bytes } }

  /// Bytes that a rank with so many threads would have to pack first.
  package func unpackedBytes(threads: Int) -> Int {
    networks.filter { !$0.packedThreads.contains(threads) }.reduce(0) { $0 + $1.bytes }
  }

  /// The packed weights of a network, for any number of threads: a rank's share of the CPUs is known
  /// only when the ranks are.
  private static func network(
    _ network: NetworkSource, _ bytes: Int, key: WeightsKey?, _ entries: [CacheFolder.Entry]
  ) -> Network {
    var key = key
    let packed = entries.filter { entry in
      guard let found = entry.weights?.key else { return false }
      key?.threads = found.threads
      return found == key
    }
    return Network(
      path: network.path, bytes: packed.first?.byteCount ?? bytes,
      packedThreads: packed.compactMap(\.weights?.key.threads).sorted())
  }
}
