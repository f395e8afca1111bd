import Foundation

/// The memory in bytes that a process can still use, given the machine and its limits.
package struct AvailableMemory {
  private let groups: ControlGroups
  private let proc: String

  static var ofThisProcess: AvailableMemory { AvailableMemory(.ofThisProcess, proc: "/proc") }

  /// - Parameter proc: the path of the proc file system.
  package init(_ groups: ControlGroups, proc: String) {
    self.groups = groups
    self.proc = proc
  }

  /// The memory that all processes of the machine, or of the process's control groups, can still
  /// use together. `nil` if it is not known.
  package var shared: Int? {
    let machine = kibibytes("MemAvailable:", of: "\(proc)/meminfo")
    return [machine, groups.least("memory", new: remainingV2, old: remainingV1)].compactMap(\.self)
      .min()
  }

  /// The address space that the process can still map, including files and stacks. `nil` if it is
  /// not limited (`ulimit -v`).
  package var addressSpace: Int? {
    let words = ControlGroups.words("\(proc)/self/limits")
    // In "Max address space 8589934592 unlimited bytes", the soft limit comes first.
    guard
      let place = words.indices.first(where: {
        words[$0...].starts(with: ["Max", "address", "space"])
      }), place + 3 < words.count, let limit = Int(words[place + 3]),
      let used = kibibytes("VmSize:", of: "\(proc)/self/status")
    else { return nil }
    return max(0, limit - used)
  }

  private func remainingV2(_ folder: String) -> Int? {
    // "max" is not a number, so it counts as no limit.
    rest(
      limit: "\(folder)/memory.max", used: "\(folder)/memory.current",
      reclaimable: ["active_file", "inactive_file", "slab_reclaimable"], of: folder)
  }

  private func remainingV1(_ folder: String) -> Int? {
    rest(
      limit: "\(folder)/memory.limit_in_bytes", used: "\(folder)/memory.usage_in_bytes",
      reclaimable: ["total_active_file", "total_inactive_file"], of: folder)
  }

  /// Returns the memory that the limit of a group leaves. Pages of files count as used, but the
  /// kernel reclaims them when memory is needed.
  private func rest(
    limit: String, used: String, reclaimable: [Substring], of folder: String
  ) -> Int? {
    guard let limit = ControlGroups.words(limit).first.flatMap({ Int($0) }),
      let used = ControlGroups.words(used).first.flatMap({ Int($0) })
    else { return nil }
    let statistics = ControlGroups.words("\(folder)/memory.stat")
    let files = zip(statistics, statistics.dropFirst()).reduce(0) { sum, pair in
      reclaimable.contains(pair.0) ? sum + (Int(pair.1) ?? 0) : sum
    }
    return max(0, limit - max(0, used - files))
  }

  private func kibibytes(_ name: Substring, of file: String) -> Int? {
    let words = ControlGroups.words(file)
    guard let place = words.firstIndex(of: name), place + 1 < words.count else { return nil }
    return Int(words[place + 1]).map { $0 << 10 }
  }
}
