/// What a rank may take of the processors of its mask, so that the ranks of a host do not get in
/// each other's way.
package struct ProcessorShare: Sendable, Equatable {
  /// How many threads to compute with, at least 1.
  package let threads: Int
  /// The rank's own processors, a thread each, the first of every core before its siblings; none
  /// where ranks must share processors.
  package let processors: [Int]

  package init(threads: Int, processors: [Int]) {
    self.threads = threads
    self.processors = processors
  }

  /// The share of every rank, by rank: the ranks of a host with the same mask divide it, by their
  /// order.
  ///
  /// A quota of the control group is divided among all ranks of the host; processors are then not
  /// given away, for others use those in the mask too.
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

  /// `cores` in `count` parts of equal size: of whole cores as long as there is one each, then of
  /// processors; empty parts when there are too few.
  private static func parts(of cores: [[Int]], count: Int) -> [[Int]] {
    let units = count <= cores.count ? cores : firstCoresFirst(cores).map { [$0] }
    let size = units.count / count
    return (0..<count).map { firstCoresFirst(Array(units[$0 * size..<($0 + 1) * size])) }
  }

  /// The first processor of every core, then the second ones, and so on.
  private static func firstCoresFirst(_ cores: [[Int]]) -> [Int] {
    (0..<(cores.map(\.count).max() ?? 0)).flatMap { sibling in
      cores.compactMap { $0.indices.contains(sibling) ? $0[sibling] : nil }
    }
  }
}
