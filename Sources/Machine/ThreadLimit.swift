import Foundation

/// The limits on the number of threads of a process. Linux counts threads and processes together.
/// Thrown when a necessary thread cannot be created.
package struct ThreadLimit: Error, CustomStringConvertible {
  /// The limit of the user for all processes, or `nil` if there is none.
  private let user: Int?
  /// The limit of the control group and its parents.
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

  /// What the user can do about a limit. The raw value is that of a program without options.
  package enum Advice: String {
    case fewerThreads = "fewer threads"
  }

  package var description: String { text(\.rawValue) }

  /// Returns the message of the error.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    "cannot create a thread: \(cause(words))"
  }

  /// Returns the reason why a thread could not be created, and what to do.
  package func cause(_ words: (Advice) -> String = \.rawValue) -> String {
    let limits = [
      user.map { "ulimit -u is \($0)" }, group.map { "pids.max of the control group is \($0)" },
    ].compactMap(\.self)
    guard !limits.isEmpty else {
      return "the system allows no more threads, or there is no memory for its stack (ulimit -v)"
    }
    return "the limit of processes and threads is reached (\(limits.joined(separator: ", "))): "
      + "raise it, or use fewer ranks or \(words(.fewerThreads))"
  }
}
