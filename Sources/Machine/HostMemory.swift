/// An estimate of the memory that the ranks of a host will use, in bytes.
package struct MemoryEstimate: Sendable, Equatable {
  /// The memory that all ranks of the host share.
  package let shared: Int
  /// The memory that each rank uses for itself.
  package let rank: Int
  /// The address space that each rank maps: shared and own memory, files and stacks.
  package let addressSpace: Int

  package init(shared: Int, rank: Int, addressSpace: Int) {
    self.shared = shared
    self.rank = rank
    self.addressSpace = addressSpace
  }

  /// Returns the memory that `ranks` ranks use together.
  ///
  /// - Parameter copies: how often the host holds the memory that ranks share.
  package func bytes(ranks: Int, copies: Int = 1) -> Int { copies * shared + ranks * rank }
}

/// The available memory of one host, and the number of ranks that share it.
package struct HostMemory: Sendable, Equatable {
  package let host: String
  package let ranks: Int
  /// How often the host holds the memory that ranks share: once for each part of its memory.
  package let copies: Int
  /// The bytes that the ranks can use together, or `nil` if this is not known.
  package let memory: Int?
  /// The smallest number of bytes that one of the ranks can map, or `nil` if it is not limited.
  package let addressSpace: Int?

  package init(
    host: String, ranks: Int, copies: Int = 1, memory: Int?, addressSpace: Int?
  ) {
    self.host = host
    self.ranks = ranks
    self.copies = copies
    self.memory = memory
    self.addressSpace = addressSpace
  }

  /// Returns the memory of every host, in the order of their first ranks. If the ranks of a host
  /// report different numbers, the smallest counts.
  ///
  /// - Parameter teams: the threads of the ranks, which tell what part of the memory is near them.
  package static func all(of placements: [Placement], teams: [ThreadAssignment]) -> [HostMemory] {
    let byHost = Dictionary(grouping: placements.indices, by: { placements[$0].host })
    return byHost.values.sorted { $0[0] < $1[0] }.map { ranks in
      HostMemory(
        host: placements[ranks[0]].host, ranks: ranks.count,
        copies: Set(ranks.map { teams[$0].memory }).count,
        memory: ranks.compactMap { placements[$0].memory }.min(),
        addressSpace: ranks.compactMap { placements[$0].addressSpace }.min())
    }
  }

  package func holds(_ need: MemoryEstimate) -> Bool {
    fitsAddressSpace(need) && need.bytes(ranks: ranks, copies: copies) <= memory ?? .max
  }

  /// Returns whether each rank's address space is large enough.
  package func fitsAddressSpace(_ need: MemoryEstimate) -> Bool {
    need.addressSpace <= addressSpace ?? .max
  }

  /// Returns the largest number of ranks that fit, or 0 if not even one fits.
  package func mostRanks(_ need: MemoryEstimate) -> Int {
    guard fitsAddressSpace(need), let memory else { return fitsAddressSpace(need) ? ranks : 0 }
    return max(0, min(ranks, (memory - copies * need.shared) / max(1, need.rank)))
  }
}
