import Job
import Machine
import Wording

/// Warnings about waste before a job begins: idle processors and ranks, threads that compete with
/// each other, and copies of the weights. There are none for a job that is set up well.
package struct StartWarnings {
  private let hosts: [HostLoad]
  private let work: Work

  /// The work of the ranks.
  package struct Work: Sendable {
    /// The number of images that are still missing.
    package var images: Int
    package var batchSize: Int
    /// Whether the batch size can no longer be chosen, because the folder holds images.
    package var isBatchSizeFixed: Bool
    /// The value of `--threads`, if the user set it.
    package var threadsOption: Int?
    /// The bytes of packed weights that each rank holds, or `nil` if the ranks of a host share
    /// them.
    package var ownWeights: Int?

    package init(
      images: Int, batchSize: Int, isBatchSizeFixed: Bool = false, threadsOption: Int? = nil,
      ownWeights: Int? = nil
    ) {
      self.images = images
      self.batchSize = batchSize
      self.isBatchSizeFixed = isBatchSizeFixed
      self.threadsOption = threadsOption
      self.ownWeights = ownWeights
    }
  }

  package init(_ hosts: [HostLoad], _ work: Work) {
    self.hosts = hosts
    self.work = work
  }

  /// The warnings, one line each.
  package var all: [String] {
    [oversubscription ?? idleProcessors, idleRanks, ownWeights].compactMap(\.self)
      .map { "warning: \($0)" }
  }

  private var ranks: Int { hosts.reduce(0) { $0 + $1.ranks } }

  // MARK: - Processors

  /// A warning about more threads than processors, because each thread then waits for the others at
  /// every step.
  private var oversubscription: String? {
    guard let host = hosts.first(where: { $0.threads > $0.usable }) else { return nil }
    let fact =
      "\(counted(host.threads, "thread")) of \(counted(host.ranks, "rank")) share "
      + "\(counted(host.usable, "CPU"))\(place(host)), which is slower than one thread for each"
    if host.usable < host.available {
      return "\(fact): \(binding(host))"
    }
    if work.threadsOption != nil, host.ranks <= host.usable {
      return "\(fact): use --threads \(host.usable / host.ranks), or leave it out"
    }
    return "\(fact): start at most \(counted(host.usable, "rank"))"
      + (hosts.count > 1 ? " on each host" : "")
  }

  private var idleProcessors: String? {
    // Users who choose the number of threads may want to leave CPUs to other programs.
    guard work.threadsOption == nil,
      let host = hosts.first(where: { $0.used < $0.available })
    else { return nil }
    let fact = "only \(host.used) of \(counted(host.available, "CPU")) will be used\(place(host))"
    guard host.usable == host.available else { return "\(fact): \(binding(host))" }
    return "\(fact): \(host.available) CPUs do not divide evenly among "
      + "\(counted(host.ranks, "rank")); use \(divisors(of: host.available, near: host.ranks)) ranks"
  }

  /// Explains why ranks are restricted to fewer processors than exist, and what to do about it.
  private func binding(_ host: HostLoad) -> String {
    guard host.isSlurm else { return "mpirun binds each rank to some of them; add --bind-to none" }
    let each = max(1, host.available / host.ranks)
    return "srun binds each rank to some of them; add --cpus-per-task=\(each) to srun, or export "
      + "SRUN_CPUS_PER_TASK=\(each) in the batch script"
  }

  /// Returns the nearest numbers of ranks below and above `ranks` that use all processors.
  private func divisors(of processors: Int, near ranks: Int) -> String {
    let all = (1...processors).filter { processors % $0 == 0 }
    let nearest = [all.last { $0 < ranks }, all.first { $0 > ranks }].compactMap(\.self)
    return nearest.map(String.init).joined(separator: " or ")
  }

  private func place(_ host: HostLoad) -> String { hosts.count > 1 ? " on \(host.host)" : "" }

  // MARK: - Ranks

  private var idleRanks: String? {
    let (images, size) = (work.images, work.batchSize)
    let batches = (images + size - 1) / size
    guard images > 0, batches < ranks else { return nil }
    let fact =
      "\(ranks - batches) of \(ranks) ranks will be idle: \(counted(images, "image")) "
      + "\(images == 1 ? "makes" : "make") \(counted(batches, "batch", plural: "batches")) of up to "
      + "\(size)"
    guard batches < images, !work.isBatchSizeFixed else { return fact }
    guard images >= ranks else { return "\(fact); --batch-size 1 would use \(images) of them" }
    return "\(fact); --batch-size \(largestBatch) would use all of them"
  }

  /// The largest batch size that gives all ranks batches of about the same size.
  private var largestBatch: Int {
    let rounded = (work.images + ranks - 1) / ranks
    let batches = (work.images + rounded - 1) / rounded
    return batches < ranks ? work.images / ranks : rounded
  }

  // MARK: - Weights

  private var ownWeights: String? {
    guard let bytes = work.ownWeights, hosts.contains(where: { $0.ranks > 1 }) else { return nil }
    return "the cache of packed weights is off, so "
      + Self.ownCopies(ranks: ranks, weights: bytes)
      + "; with a cache the ranks of a host share one copy"
  }

  /// Describes the memory that is needed if ranks cannot share their weights.
  ///
  /// - Parameter weights: the size of one copy in bytes.
  package static func ownCopies(ranks: Int, weights: Int) -> String {
    let each = ByteText.gigabytes(weights)
    return ranks == 1
      ? "the rank holds its own copy (\(each))"
      : "each of the \(ranks) ranks holds its own copy (\(ranks) × \(each) = "
        + "\(ByteText.gigabytes(ranks * weights)))"
  }
}
