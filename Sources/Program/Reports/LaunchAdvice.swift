import Job
import Machine
import Wording

/// How to start a job on the processors of a machine or of a batch job: how many ranks with how many
/// threads, and why.
///
/// Ranks share nothing but weights, so many ranks with few threads waste the least. But the threads
/// of a rank should share a cache, and every rank needs memory and a batch.
package struct LaunchAdvice: Equatable, Sendable {
  package let nodes: Int
  package let ranksPerNode: Int
  /// The threads of each rank, one for each of its cores.
  package let threads: Int
  /// The reason for the number of ranks.
  package let reason: String
  private let processorsPerCore: Int
  private let system: BatchAllocation.System?

  /// The processors of each node.
  package struct Processors: Sendable {
    package var shape: ProcessorShape
    /// The processors that a control group allows, or `nil` for all.
    package var quota: Double?
    package var batch: BatchAllocation?

    package init(shape: ProcessorShape, quota: Double? = nil, batch: BatchAllocation? = nil) {
      self.shape = shape
      self.quota = quota
      self.batch = batch
    }

    /// The cores that the job may use on the smallest node.
    var cores: Int {
      let perCore = shape.processorsPerCore
      let allocated = batch?.processors.min().map { $0 / perCore } ?? .max
      let allowed = quota.map { Int($0) / perCore } ?? .max
      return max(1, min(shape.cores, allocated, allowed))
    }
  }

  /// The most threads of a rank. Beyond that they increasingly wait for each other.
  private static let mostThreads = 8

  /// - Parameters:
  ///   - batches: the number of batches that are left.
  ///   - isSmall: whether the network takes so little time that threads mostly wait for each other.
  ///   - mostRanks: returns how many ranks with a number of threads the memory of a node holds.
  package init(
    _ processors: Processors, batches: Int, isSmall: Bool, mostRanks: (Int) -> Int
  ) {
    let cores = processors.cores
    nodes = max(1, processors.batch?.processors.count ?? 1)
    system = processors.batch?.system
    processorsPerCore = processors.shape.processorsPerCore
    let group = min(cores, processors.shape.coresByCache.min() ?? 1)
    let wanted = isSmall ? 1 : Self.largestDivisor(of: group, upTo: Self.mostThreads)
    var ranks = max(1, cores / wanted)
    var reason =
      isSmall
      ? "the network is too small for several threads"
      : wanted == group
        ? "the cores of a rank share a cache"
        : "the cores of a rank share a cache, and more than \(wanted) threads wait for each other"
    let useful = max(1, (batches + nodes - 1) / nodes)
    if useful < ranks {
      ranks = Self.largestDivisor(of: cores, upTo: useful)
      reason = "the job has only \(counted(batches, "batch", plural: "batches"))"
    }
    let fitting = max(1, mostRanks(cores / ranks))
    if fitting < ranks {
      ranks = Self.largestDivisor(of: cores, upTo: fitting)
      reason = "the memory of a node holds no more ranks"
    }
    ranksPerNode = ranks
    threads = cores / ranks
    self.reason = ranks * nodes == 1 && cores == 1 ? "there is one core" : reason
  }

  private static func largestDivisor(of number: Int, upTo limit: Int) -> Int {
    (1...max(1, min(number, limit))).last { number % $0 == 0 } ?? 1
  }

  /// The command that starts the job. The dots stand for the options of the job.
  package var command: String {
    let ranks = nodes * ranksPerNode
    // The program divides the processors of a host among its ranks, by cache and NUMA node.
    let mapping = nodes > 1 ? " --map-by ppr:\(ranksPerNode):node" : ""
    let launcher = ranks > 1 ? "mpirun -n \(ranks)\(mapping) --bind-to none " : ""
    let perCore = processorsPerCore > 1 ? " --threads \(threads) --pin ranks" : ""
    return "\(launcher)diffuse-mpi\(perCore) …"
  }

  /// The same with Slurm's launcher, in a Slurm job.
  package var slurmCommand: String? {
    guard system == .slurm else { return nil }
    let perCore = processorsPerCore > 1 ? " --threads \(threads) --pin ranks" : ""
    return "srun --mpi=pmix --ntasks-per-node=\(ranksPerNode) "
      + "--cpus-per-task=\(threads * processorsPerCore) diffuse-mpi\(perCore) …"
  }

  /// The division of the processors, such as `16 ranks × 8 threads: the cores of a rank share a
  /// cache`.
  package var text: String {
    let place = nodes > 1 ? " on each of \(nodes) nodes" : ""
    return "\(counted(ranksPerNode, "rank")) × \(counted(threads, "thread"))\(place): \(reason)"
  }
}
