import Foundation

/// The limit that control groups set to a process's processor time, in either version of them
/// (Linux's Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst).
package struct ProcessorQuota {
  private let root: String
  private let membership: String

  static var ofThisProcess: ProcessorQuota {
    let membership = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
    return ProcessorQuota(root: "/sys/fs/cgroup", membership: membership ?? "")
  }

  /// - Parameters:
  ///   - root: where the groups are mounted.
  ///   - membership: the lines of /proc/self/cgroup.
  package init(root: String, membership: String) {
    self.root = root
    self.membership = membership
  }

  /// How many processors' time the process's group and those around it may use, or nil where there
  /// is no limit.
  package var processors: Double? {
    membership.split(separator: "\n").flatMap { line in
      // "hierarchy:controllers:path"; version 2 has hierarchy 0 and no controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [Double]() }
      let groups = Self.groups(from: String(fields[2]))
      if fields[1].isEmpty { return groups.compactMap(newLimit) }
      guard fields[1].split(separator: ",").contains("cpu") else { return [] }
      return groups.compactMap { oldLimit("\(fields[1])\($0)") ?? oldLimit("cpu\($0)") }
    }.min()
  }

  /// The path and those it lies in. A container may see its own group as the root and still be told
  /// the path outside, so any of them may be missing.
  private static func groups(from path: String) -> [String] {
    let names = path.split(separator: "/")
    return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
  }

  private func newLimit(_ group: String) -> Double? {
    // "200000 100000", or "max 100000".
    let fields = words("\(group)/cpu.max").compactMap(Double.init)
    return fields.count == 2 && fields[1] > 0 ? fields[0] / fields[1] : nil
  }

  private func oldLimit(_ group: String) -> Double? {
    let quota = words("/\(group)/cpu.cfs_quota_us").first.flatMap(Double.init)
    let period = words("/\(group)/cpu.cfs_period_us").first.flatMap(Double.init)
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return quota / period
  }

  private func words(_ file: String) -> [Substring] {
    let text = try? String(contentsOfFile: root + file, encoding: .utf8)
    return text?.split(whereSeparator: \.isWhitespace) ?? []
  }
}
