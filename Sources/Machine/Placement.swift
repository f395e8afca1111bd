import Foundation

/// Where a rank runs: its host, and the processors and memory it may use there.
package struct Placement: Sendable, Codable, Equatable {
  package let host: String
  /// The processors of its affinity mask, a list a physical core, neighbouring cores together.
  let cores: [[Int]]
  /// Processors' worth of time that all processes of its control group may take together, where
  /// that is limited, as in containers.
  let quota: Double?
  /// What started the rank, where that is found.
  let launcher: Launcher?
  /// Bytes that the ranks of the host may still take together, where that is known.
  package let memory: Int?
  /// Bytes that this rank may still map, where that is limited.
  package let addressSpace: Int?

  package init(
    host: String, cores: [[Int]], quota: Double? = nil, launcher: Launcher? = nil,
    memory: Int? = nil, addressSpace: Int? = nil
  ) {
    self.host = host
    self.cores = cores
    self.quota = quota
    self.launcher = launcher
    self.memory = memory
    self.addressSpace = addressSpace
  }

  /// The placement of this process.
  package static var current: Placement {
    let memory = AvailableMemory.ofThisProcess
    return Placement(
      host: ProcessInfo.processInfo.hostName,
      cores: ProcessorTopology.ofThisMachine.cores(of: affinityMask()),
      quota: ProcessorQuota.ofThisProcess.processors,
      launcher: .ofThisProcess,
      memory: memory.shared, addressSpace: memory.addressSpace)
  }

  /// Read from the kernel's text, which has no upper limit of processors as `cpu_set_t` has.
  private static func affinityMask() -> [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return ProcessorTopology.numbers(line?.split(whereSeparator: \.isWhitespace).last) ?? []
  }
}
