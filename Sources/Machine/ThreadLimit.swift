import Foundation
import Job

/// The limits on how many threads a process may have, which Linux counts together with processes.
package struct ThreadLimit {
  /// Of the user, for all processes; nil where there is none.
  private let user: Int?
  /// Of the control group and those around it.
  private let group: Int?

  package static var ofThisProcess: ThreadLimit {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit)
    // The kernel exempts root.
    let isLimited = limit.rlim_cur < UInt32.max && geteuid() != 0
    return ThreadLimit(user: isLimited ? Int(limit.rlim_cur) : nil, .ofThisProcess)
  }

  package init(user: Int?, _ groups: ControlGroups) {
    self.user = user
    let read = { (folder: String) in
      ControlGroups.words("\(folder)/pids.max").first.flatMap { Int($0) }
    }
    group = groups.least("pids", new: read, old: read)
  }

  /// What kept a thread from being created, and what to do.
  package var text: String {
    let limits = [
      user.map { "ulimit -u is \($0)" }, group.map { "pids.max of the control group is \($0)" },
    ].compactMap(\.self)
    guard !limits.isEmpty else {
      return "the system allows no more threads, or there is no memory for its stack (ulimit -v)"
    }
    return "the limit of processes and threads is reached (\(limits.joined(separator: ", "))): "
      + "raise it, or use fewer ranks or fewer --threads"
  }

  /// The reason that a job ends for want of a thread.
  package var failure: Failure {
    Failure("cannot create a thread: \(text)", status: .internalError)
  }
}
