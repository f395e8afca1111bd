/// A rank's share of the processors in its mask. Shares keep the ranks of a host from competing
/// with each other.
package struct ProcessorShare: Sendable, Equatable {
  /// The number of threads to compute with, at least 1.
  package let threads: Int
  /// The rank's own processors, one per thread. The first processor of every core comes before its
  /// siblings. Empty if ranks must share processors.
  package let processors: [Int]

  package init(threads: Int, processors: [Int]) {
    self.threads = threads
    self.processors = processors
  }

  /// Returns the share of every rank, by rank. The ranks of a host with the same mask divide its
  /// processors in rank order.
  ///
  /// A quota of the control group is divided among all ranks of the host. Ranks then get no
  /// processors of their own, because other processes use those in the mask too.
  package static func all(of placements: [Placement]) -> [ProcessorShare] {
    var shares = placements.map { _ in ProcessorShare(threads: 1, processors: []) }
    for neighbours in Dictionary(grouping: placements.indices, by: { placements[$0].host }).values {
      for sharers in Dictionary(grouping: neighbours, by: { placements[$0].cores }).values {
        let parts = parts(of: placements[sharers[0]].cores, count: sharers.count)
        for (rank, own) in zip(sharers, parts) {
          let allowed = placements[rank].quota.map { max(1, Int($0) / neighbours.count) } ?? .max
          shares[rank] = ProcessorShare(
            threads: max(1, min(own.count, allowed)), processors: allowed < own.count ? [] : own)
        }
      }
    }
    return shares
  }

  /// Divides `cores` into `count` parts of equal size. The parts consist of whole cores if there
  /// are enough, and of single processors otherwise. They are empty if there are too few
  /// processors.
  private static func parts(of cores: [[Int]], count: Int) -> [[Int]] {
    let units = count <= cores.count ? cores : firstCoresFirst(cores).map { [$0] }
    let size = units.count / count
    return (0..<count).map { firstCoresFirst(Array(units[$0 * size..<($0 + 1) * size])) }
  }

  /// Returns the first processor of every core, then the second ones, and so on.
  private static func firstCoresFirst(_ cores: [[Int]]) -> [Int] {
    (0..<(cores.map(\.count).max() ?? 0)).flatMap { sibling in
      cores.compactMap { $0.indices.contains(sibling) ? $0[sibling] : nil }
    }
  }
}
