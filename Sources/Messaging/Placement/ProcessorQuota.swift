/// The limit that control groups set to a process's processor time (Linux's
/// Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst).
package struct ProcessorQuota {
  private let groups: ControlGroups

  static var ofThisProcess: ProcessorQuota { ProcessorQuota(.ofThisProcess) }

  package init(_ groups: ControlGroups) { self.groups = groups }

  /// How many processors' time the process's group and those around it may use, or nil where there
  /// is no limit.
  package var processors: Double? { groups.least("cpu", new: newLimit, old: oldLimit) }

  private func newLimit(_ folder: String) -> Double? {
    // "200000 100000", or "max 100000".
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
