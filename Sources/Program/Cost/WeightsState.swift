import Cache
import Foundation
import Recipe
import Worker

/// Where the packed weights of a job are kept, and which exist already.
struct WeightsState {
  struct Network {
    /// Of the checkpoint.
    let path: String
    /// Of one copy: as packed, or as the description of the network promises.
    let bytes: Int
    /// The numbers of threads for which packed weights exist.
    let packedThreads: [Int]

    var name: String { URL(fileURLWithPath: path).lastPathComponent }
  }

  /// `nil` where every rank packs its own at every start.
  let cache: CacheFolder?
  let networks: [Network]

  init(_ recipe: SamplingRecipe, _ cost: NetworkCost, _ cache: CacheFolder?) {
    self.cache = cache
    let entries = cache?.entries ?? []
    let source = cache.map { WeightsSource(threads: 1, cache: $0, note: { _ in }) }
    networks = recipe.networks.map { role, network in
      Self.network(
        network, cost.weightBytes[role] ?? 0, key: source?.key(network, for: recipe[role]), entries)
    }
  }

  /// Of one copy of all networks.
  var bytes: Int { networks.reduce(0) { $0 + $1.bytes } }

  /// Bytes that a rank with so many threads would have to pack first.
  func unpackedBytes(threads: Int) -> Int {
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
