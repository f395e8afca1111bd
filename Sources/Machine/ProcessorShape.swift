/// The shape of the processors that a process may use: how many cores share a cache or memory.
package struct ProcessorShape: Sendable, Equatable {
  /// The number of cores that share each last-level cache.
  package let coresByCache: [Int]
  /// The number of NUMA nodes, each of which has memory of its own.
  package let memories: Int
  /// The largest number of hardware threads per core.
  package let processorsPerCore: Int

  package init(coresByCache: [Int], memories: Int, processorsPerCore: Int) {
    self.coresByCache = coresByCache
    self.memories = memories
    self.processorsPerCore = processorsPerCore
  }

  /// The number of physical cores.
  package var cores: Int { coresByCache.reduce(0, +) }

  /// The shape of the affinity mask of this process.
  package static var ofThisProcess: ProcessorShape {
    ProcessorTopology.ofThisMachine.shape(of: Placement.affinityMask())
  }
}
