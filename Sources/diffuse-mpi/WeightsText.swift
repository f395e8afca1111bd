import Cache
import Foundation
import Worker

/// Where the packed weights of a job lie, and which are there already.
struct WeightsText {
  private let recipe: SamplingRecipe
  private let cost: NetworkCost
  private let cache: CacheFolder?

  init(_ recipe: SamplingRecipe, _ cost: NetworkCost, _ cache: CacheFolder?) {
    self.recipe = recipe
    self.cost = cost
    self.cache = cache
  }

  /// Lines of `plan`, the first with a heading.
  var rows: [(String, String)] {
    guard let cache else {
      let bytes = cost.unetWeights + cost.classifierWeights
      return [("weights", "about \(Self.mebibytes(bytes)) a rank, packed at every start")]
    }
    var rows = [
      ("weights", "once a node, in \(cache.path)"), row(recipe.unet, cost.unetWeights, cache),
    ]
    if let classifier = recipe.classifier {
      rows.append(row(classifier, cost.classifierWeights, cache))
    }
    return rows
  }

  private func row<Configuration>(
    _ network: SamplingRecipe.Network<Configuration>, _ bytes: Int, _ cache: CacheFolder
  ) -> (String, String) {
    let packed = entries(of: network, cache)
    let threads = packed.compactMap(\.weights?.key.threads).sorted().map(String.init)
    let state =
      packed.first.map {
        "\(Self.mebibytes($0.byteCount)), packed for \(threads.joined(separator: ", ")) "
          + (threads == ["1"] ? "thread a rank" : "threads a rank")
      } ?? "about \(Self.mebibytes(bytes)), to be packed at the first start"
    return ("", "\(URL(fileURLWithPath: network.path).lastPathComponent): \(state)")
  }

  /// The packed weights of a network, for any number of threads: a rank's share of the processors
  /// is known only when the ranks are.
  private func entries<Configuration>(
    of network: SamplingRecipe.Network<Configuration>, _ cache: CacheFolder
  ) -> [CacheFolder.Entry] {
    var key = WeightsSource(recipe, threads: 1, cache: cache, note: { _ in }).key(network)
    return cache.entries.filter { entry in
      guard let found = entry.weights?.key else { return false }
      key.threads = found.threads
      return found == key
    }
  }

  static func mebibytes(_ bytes: Int) -> String {
    bytes < 10 << 20
      ? String(format: "%.1f MiB", Double(bytes) / 1_048_576) : "\(bytes >> 20) MiB"
  }
}
