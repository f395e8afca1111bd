import Foundation

/// The place where a rank runs: its host, and the processors and memory that it may use there.
package struct Placement: Sendable, Codable, Equatable {
  package let host: String
  /// The processors of the rank's affinity mask, one list per physical core. Neighbouring cores are
  /// next to each other.
  let cores: [[Int]]
  /// The part of the host's memory that is near each core (`ProcessorTopology.memories`). Empty if
  /// the memory is not divided.
  let memories: [Int]
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
    host: String, cores: [[Int]], memories: [Int] = [], quota: Double? = nil,
    launcher: Launcher? = nil,
    memory: Int? = nil, addressSpace: Int? = nil
  ) {
    self.host = host
    self.cores = cores
    self.memories = memories
    self.quota = quota
    self.launcher = launcher
    self.memory = memory
    self.addressSpace = addressSpace
  }

  /// The placement of this process.
  package static var current: Placement {
    let memory = AvailableMemory.ofThisProcess
    let (topology, processors) = (ProcessorTopology.ofThisMachine, affinityMask())
    return Placement(
      host: ProcessInfo.processInfo.hostName, cores: topology.cores(of: processors),
      memories: topology.memories(of: processors),
      quota: ProcessorQuota.ofThisProcess.processors,
      launcher: .ofThisProcess,
      memory: memory.shared, addressSpace: memory.addressSpace)
  }

  /// Returns the part of the host's memory that is near all of these processors, or 0 if there is
  /// no such part.
  package func memory(near processors: [Int]) -> Int {
    let wanted = Set(processors)
    let parts = Set(
      zip(cores, memories).filter { !wanted.isDisjoint(with: $0.0) }.map { $0.1 })
    return parts.count == 1 ? parts.first! : 0
  }

  /// Reads the mask from the kernel's text, because `cpu_set_t` limits the number of processors.
  static func affinityMask() -> [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return ProcessorTopology.numbers(line?.split(whereSeparator: \.isWhitespace).last) ?? []
  }
}
