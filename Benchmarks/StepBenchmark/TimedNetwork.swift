import Compute

/// A compiled network that can be run.
struct TimedNetwork {
  let network: CompiledGraph
  let result: Value

  /// The operations that run, after the merging of some of the described ones.
  var graph: Graph { network.graph }

  /// Returns the seconds of each of `runs` runs.
  func time(runs: Int) throws -> [Double] {
    try (0..<runs).map { _ in try seconds { try network.run() } }
  }
}
