import Foundation

/// The ranks whose processes are visible from this one: whether they still exist, and signals to
/// them.
///
/// The kernel knows at once when a process dies, independently of the MPI library.
struct LocalProcesses {
  private static let interval = Duration.milliseconds(100)

  /// Processes by rank, without this one.
  private let processes: [Int: pid_t]
  private var dead: Set<Int> = []
  private var nextLook: ContinuousClock.Instant?

  /// The identity of this process for the other ranks: the running kernel, the namespace of process
  /// IDs, and the process ID.
  static var identity: String {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    return [boot?.trimmingCharacters(in: .newlines) ?? "", space ?? "", "\(getpid())"]
      .joined(separator: " ")
  }

  /// - Parameter identities: the identities of all ranks, by rank.
  init(identities: [String] = [], own: Int = 0) {
    guard identities.indices.contains(own), let here = Self.read(identities[own]) else {
      processes = [:]
      return
    }
    let others = identities.enumerated().filter { $0.offset != own }
    processes = Dictionary(
      uniqueKeysWithValues: others.compactMap { rank, identity in
        guard let other = Self.read(identity), other.place == here.place else { return nil }
        return (rank, other.process)
      })
  }

  private static func read(_ identity: String) -> (place: [Substring], process: pid_t)? {
    let parts = identity.split(separator: " ")
    guard parts.count == 3, let process = pid_t(parts[2]), process > 1 else { return nil }
    return (Array(parts.prefix(2)), process)
  }

  /// Returns the ranks that have ended. Checks at most ten times per second.
  mutating func findEnded(at now: ContinuousClock.Instant = .now) -> Set<Int> {
    if let nextLook, now < nextLook { return dead }
    nextLook = now + Self.interval
    for (rank, process) in processes where !dead.contains(rank) && !Self.exists(process) {
      dead.insert(rank)
    }
    return dead
  }

  private static func exists(_ process: pid_t) -> Bool {
    kill(process, 0) == 0 || errno != ESRCH
  }

  /// Sends a signal to a rank. Returns false if the rank cannot be reached from this process.
  func send(_ signal: Int32, to rank: Int) -> Bool {
    guard let process = processes[rank], !dead.contains(rank) else { return false }
    return kill(process, signal) == 0
  }

  /// Continues all stopped processes.
  func resumeAll() {
    for rank in processes.keys { _ = send(SIGCONT, to: rank) }
  }
}
