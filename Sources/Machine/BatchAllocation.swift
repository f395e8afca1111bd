import Foundation

/// What a batch system gave this job, as far as its environment variables say it.
package struct BatchAllocation: Sendable, Equatable {
  package enum System: String, Sendable {
    case slurm = "Slurm"
    case pbs = "PBS"
  }

  package let system: System
  /// The processors of each node.
  package let processors: [Int]
  /// When the batch system ends the job.
  package let end: Date?

  /// The largest number of nodes, so that a wrong variable cannot fill the memory.
  private static let nodeLimit = 1_000_000

  package static var current: BatchAllocation? {
    BatchAllocation(ProcessInfo.processInfo.environment) {
      try? String(contentsOfFile: $0, encoding: .utf8)
    }
  }

  /// - Parameters:
  ///   - environment: the environment variables.
  ///   - contents: returns the text of a file, or `nil` if it cannot be read.
  /// - Returns: `nil` outside a batch job.
  package init?(_ environment: [String: String], contents: (String) -> String?) {
    if environment["SLURM_JOB_ID"] != nil {
      system = .slurm
      processors = Self.slurmProcessors(environment)
      end = environment["SLURM_JOB_END_TIME"].flatMap(TimeInterval.init)
        .map(Date.init(timeIntervalSince1970:))
    } else if environment["PBS_JOBID"] != nil {
      system = .pbs
      processors = Self.pbsProcessors(environment, contents)
      end = nil
    } else {
      return nil
    }
  }

  /// Reads Slurm's list of processors, such as `128(x3),64`.
  private static func slurmProcessors(_ environment: [String: String]) -> [Int] {
    guard let list = environment["SLURM_JOB_CPUS_PER_NODE"] else { return [] }
    var nodes: [Int] = []
    for item in list.split(separator: ",") {
      let parts = item.split(whereSeparator: "(x)".contains)
      guard let processors = parts.first.flatMap({ Int($0) }),
        let count = parts.count < 2 ? 1 : Int(parts[1]),
        processors > 0, (1...nodeLimit).contains(nodes.count + count)
      else { return [] }
      nodes += Array(repeating: processors, count: count)
    }
    return nodes
  }

  /// Counts the lines of PBS's file of nodes, which names a node once for each of its ranks.
  private static func pbsProcessors(
    _ environment: [String: String], _ contents: (String) -> String?
  ) -> [Int] {
    guard let nodes = environment["PBS_NODEFILE"].flatMap(contents)?.split(separator: "\n") else {
      return []
    }
    let ranks = Dictionary(grouping: nodes, by: { $0 }).mapValues(\.count)
    // PBS Pro sets NCPUS to the processors of each rank, and Torque names a node for each processor.
    let each = environment["NCPUS"].flatMap { Int($0) } ?? 1
    return Set(nodes).sorted().map { ranks[$0]! * max(1, each) }
  }
}
