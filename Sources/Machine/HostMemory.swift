/// What the ranks of a host will hold, in bytes.
package struct MemoryEstimate: Sendable, Equatable {
  /// What all ranks of the host hold once.
  package let shared: Int
  /// What each rank holds for itself.
  package let rank: Int
  /// What each rank maps: both, and files and stacks.
  package let addressSpace: Int

  package init(shared: Int, rank: Int, addressSpace: Int) {
    self.shared = shared
    self.rank = rank
    self.addressSpace = addressSpace
  }

  /// What `ranks` of them hold together.
  package func bytes(ranks: Int) -> Int { shared + ranks * rank }
}

/// The memory of one host, and how many ranks have to make do with it.
package struct HostMemory: Sendable, Equatable {
  package let host: String
  package let ranks: Int
  /// Bytes that they may take together; nil where nobody says.
  package let memory: Int?
  /// Bytes that each of them may map, at least; nil where that is not limited.
  package let addressSpace: Int?

  package init(host: String, ranks: Int, memory: Int?, addressSpace: Int?) {
    self.host = host
    self.ranks = ranks
    self.memory = memory
    self.addressSpace = addressSpace
  }

  /// That of every host, in the order of their first ranks. Ranks of a host that were told different
  /// figures have the least of them.
  package static func all(of placements: [Placement]) -> [HostMemory] {
    let byHost = Dictionary(grouping: placements.indices, by: { placements[$0].host })
    return byHost.values.sorted { $0[0] < $1[0] }.map { ranks in
      HostMemory(
        host: placements[ranks[0]].host, ranks: ranks.count,
        memory: ranks.compactMap { placements[$0].memory }.min(),
        addressSpace: ranks.compactMap { placements[$0].addressSpace }.min())
    }
  }

  package func holds(_ need: MemoryEstimate) -> Bool {
    fitsAddressSpace(need) && need.bytes(ranks: ranks) <= memory ?? .max
  }

  /// Whether each rank's address space is large enough.
  package func fitsAddressSpace(_ need: MemoryEstimate) -> Bool {
    need.addressSpace <= addressSpace ?? .max
  }

  /// The most ranks that there is memory for; none where not even one fits.
  package func mostRanks(_ need: MemoryEstimate) -> Int {
    guard fitsAddressSpace(need), let memory else { return fitsAddressSpace(need) ? ranks : 0 }
    return max(0, min(ranks, (memory - need.shared) / max(1, need.rank)))
  }
}
