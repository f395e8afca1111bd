import Foundation

/// The control groups that limit a process, in version 1 or 2 (Linux's
/// Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst).
package struct ControlGroups {
  private let root: String
  private let membership: String

  static var ofThisProcess: ControlGroups {
    let membership = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
    return ControlGroups(root: "/sys/fs/cgroup", membership: membership ?? "")
  }

  /// - Parameters:
  ///   - root: the path at which the groups are mounted.
  ///   - membership: the contents of /proc/self/cgroup.
  package init(root: String, membership: String) {
    self.root = root
    self.membership = membership
  }

  /// Returns the smallest limit of the process's groups and their parents.
  ///
  /// - Parameters:
  ///   - controller: the controller of the resource, such as `cpu`.
  ///   - new: returns the limit of a group in version 2, given the group's folder.
  ///   - old: returns the limit of a group in version 1, given the group's folder.
  func least<Limit: Comparable>(
    _ controller: String, new: (String) -> Limit?, old: (String) -> Limit?
  ) -> Limit? {
    membership.split(separator: "\n").flatMap { line in
      // "hierarchy:controllers:path". In version 2 the hierarchy is 0 and there are no controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [Limit]() }
      let groups = Self.groups(from: String(fields[2]))
      if fields[1].isEmpty { return groups.compactMap { new(root + $0) } }
      guard fields[1].split(separator: ",").contains(Substring(controller)) else { return [] }
      return groups.compactMap {
        old("\(root)/\(fields[1])\($0)") ?? old("\(root)/\(controller)\($0)")
      }
    }.min()
  }

  /// Returns a path and its parents. Any of them may be missing: a container may see its own group
  /// as the root, although the path is that of the host.
  private static func groups(from path: String) -> [String] {
    let names = path.split(separator: "/")
    return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
  }

  /// Returns the words of a file, or an empty array if the file cannot be read.
  static func words(_ file: String) -> [Substring] {
    let text = try? String(contentsOfFile: file, encoding: .utf8)
    return text?.split(whereSeparator: \.isWhitespace) ?? []
  }
}

/// The limit that control groups set on a process's CPU time (Linux's
/// Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst).
package struct ProcessorQuota {
  private let groups: ControlGroups

  static var ofThisProcess: ProcessorQuota { ProcessorQuota(.ofThisProcess) }

  package init(_ groups: ControlGroups) { self.groups = groups }

  /// The CPU time that the process's groups allow, as a number of processors, or `nil` if there is
  /// no limit.
  package var processors: Double? { groups.least("cpu", new: newLimit, old: oldLimit) }

  private func newLimit(_ folder: String) -> Double? {
    // "200000 100000" or "max 100000".
    let fields = ControlGroups.words("\(folder)/cpu.max").compactMap { Double($0) }
    return fields.count == 2 && fields[1] > 0 ? fields[0] / fields[1] : nil
  }

  private func oldLimit(_ folder: String) -> Double? {
    let quota = ControlGroups.words("\(folder)/cpu.cfs_quota_us").first.flatMap { Double($0) }
    let period = ControlGroups.words("\(folder)/cpu.cfs_period_us").first.flatMap { Double($0) }
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return quota / period
  }
}
