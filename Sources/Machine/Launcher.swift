import Foundation

/// The process that started a rank, and the number of processors that it may use. It may have bound
/// the rank to some of them.
package struct Launcher: Codable, Equatable, Sendable {
  /// The name of the process in the kernel, such as `mpirun` or `slurmstepd`.
  package let name: String
  package let processors: Int

  /// The prefixes of the names of processes that start ranks: those of Open MPI 4, of PRRTE in Open
  /// MPI 5, of Slurm, of MPICH and Intel MPI.
  private static let names = ["mpirun", "mpiexec", "orte", "prte", "prun", slurm, "hydra"]
  private static let slurm = "slurmstepd"
  /// The largest number of wrappers, such as scripts, between the launcher and the rank.
  private static let deepest = 8

  package init(name: String, processors: Int) {
    self.name = name
    self.processors = processors
  }

  package var isSlurm: Bool { name == Self.slurm }

  /// Returns whether a process with this name starts ranks.
  package static func isName(_ name: String) -> Bool { names.contains(where: name.hasPrefix) }

  static var ofThisProcess: Launcher? {
    Launcher(proc: "/proc", environment: ProcessInfo.processInfo.environment)
  }

  /// - Parameter proc: the path of the proc file system.
  /// - Returns: `nil` if no launcher is found.
  package init?(proc: String, environment: [String: String]) {
    var process = "self"
    for _ in 0..<Self.deepest {
      guard let parent = Self.value(of: "PPid:", in: "\(proc)/\(process)/status"), parent != "0"
      else { return nil }
      process = String(parent)
      guard let name = ControlGroups.words("\(proc)/\(process)/comm").first.map(String.init),
        Self.isName(name)
      else { continue }
      let list = Self.value(of: "Cpus_allowed_list:", in: "\(proc)/\(process)/status")
      guard let processors = ProcessorTopology.numbers(list) else { return nil }
      // Slurm's daemon may use the whole node, but the job only its allocation.
      let allocated = environment["SLURM_CPUS_ON_NODE"].flatMap { Int($0) }
      self.init(name: name, processors: min(processors.count, allocated ?? .max))
      return
    }
    return nil
  }

  /// Returns the first word after a name in a file of the kernel.
  private static func value(of name: Substring, in file: String) -> Substring? {
    let words = ControlGroups.words(file)
    guard let place = words.firstIndex(of: name), place + 1 < words.count else { return nil }
    return words[place + 1]
  }
}
