/// How the ranks of one host use its processors.
package struct HostLoad: Equatable, Sendable {
  package let host: String
  package let ranks: Int
  /// The number of threads of all ranks together.
  package let threads: Int
  /// The number of processors that at least one rank may run on, within the quota.
  package let usable: Int
  /// The number of processors that the ranks could use if none were bound to some of them.
  package let available: Int
  /// Whether Slurm started the ranks.
  package let isSlurm: Bool

  package init(
    host: String, ranks: Int, threads: Int, usable: Int, available: Int, isSlurm: Bool = false
  ) {
    self.host = host
    self.ranks = ranks
    self.threads = threads
    self.usable = usable
    self.available = available
    self.isSlurm = isSlurm
  }

  /// The number of processors that compute.
  package var used: Int { min(threads, usable) }

  /// Returns the load of every host, in the order of their first ranks.
  package static func all(of placements: [Placement], teams: [ThreadAssignment]) -> [HostLoad] {
    let byHost = Dictionary(grouping: placements.indices, by: { placements[$0].host })
    return byHost.values.sorted { $0[0] < $1[0] }.map { ranks in
      let bound = Set(ranks.flatMap { placements[$0].cores.joined() }).count
      let quota = ranks.compactMap { placements[$0].quota }.min()
      // A quota of 1.5 processors keeps two of them partly busy.
      let allowed = quota.map { max(1, Int($0.rounded(.up))) } ?? .max
      let launchers = ranks.compactMap { placements[$0].launcher }
      let free = launchers.map(\.processors).max() ?? bound
      return HostLoad(
        host: placements[ranks[0]].host, ranks: ranks.count,
        threads: ranks.reduce(0) { $0 + teams[$1].threads },
        usable: min(bound, allowed), available: min(max(free, bound), allowed),
        isSlurm: launchers.contains(where: \.isSlurm))
    }
  }
}
