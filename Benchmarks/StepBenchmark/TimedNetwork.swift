import Compute

/// A compiled network that can be run.
struct TimedNetwork {
  let graph: Graph
  let plan: Plan
  let result: Value

  /// Returns the seconds of each of `runs` runs.
  func time(runs: Int) throws -> [Double] {
    try (0..<runs).map { _ in try seconds { try plan.run() } }
  }
}
