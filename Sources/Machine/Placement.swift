import Foundation

/// The place where a rank runs: its host, and the processors and memory that it may use there.
package struct Placement: Sendable, Codable, Equatable {
  package let host: String
  /// The processors of the rank's affinity mask, one list per physical core. Neighbouring cores are
  /// next to each other.
  let cores: [[Int]]
  /// The CPU time, as a number of processors, that all processes of its control group may use
  /// together. `nil` if it is not limited; containers often limit it.
  package let quota: Double?
  /// The process that started the rank, if it was found.
  let launcher: Launcher?
  /// The bytes that the ranks of the host can still use together, if this is known.
  package let memory: Int?
  /// The bytes that this rank can still map, if this is limited.
  package let addressSpace: Int?
  /// The widest instruction set that the rank uses.
  package var instructionSet = ""

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

  /// Reads the mask from the kernel's text, because `cpu_set_t` limits the number of processors.
  static func affinityMask() -> [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return ProcessorTopology.numbers(line?.split(whereSeparator: \.isWhitespace).last) ?? []
  }
}
