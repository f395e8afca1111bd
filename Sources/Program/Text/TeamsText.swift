import Job
import Messaging
import Wording

/// All ranks' teams in words: `2 ranks × 1 thread, pinned to CPUs 0, 1`.
struct TeamsText {
  private let teams: [Team]

  /// The most ranks whose CPUs are listed; more would not fit a line.
  private static let listedRanks = 8

  /// - Parameter teams: by rank, at least one.
  init(_ teams: [Team]) {
    self.teams = teams
  }

  var text: String { "\(ranks)\(hosts) × \(threads)\(processors)" }

  private var ranks: String { counted(teams.count, "rank") }

  private var hosts: String {
    let count = Set(teams.map(\.host)).count
    return count == 1 ? "" : " on \(count) hosts"
  }

  private var threads: String {
    let counts = teams.map(\.threads)
    let (least, most) = (counts.min() ?? 1, counts.max() ?? 1)
    return (least == most ? "" : "\(least) to ") + counted(most, "thread")
  }

  private var processors: String {
    guard teams.allSatisfy({ !$0.processors.isEmpty }) else { return "" }
    let arePinned = teams.contains { $0.isPinned && $0.processors.count > 1 }
    let verb = arePinned ? ", each thread pinned to a CPU" : ", pinned to"
    guard hosts.isEmpty, teams.count <= Self.listedRanks else {
      return arePinned ? verb : "\(verb) CPUs of their own"
    }
    let count = teams.reduce(0) { $0 + $1.processors.count }
    return "\(verb)\(arePinned ? " of" : "") \(count == 1 ? "CPU" : "CPUs") "
      + teams.map(\.processorList).joined(separator: ", ")
  }
}

extension Team {
  /// The CPUs as the kernel lists them: `0-3,8`.
  var processorList: String { NumberRanges(processors.sorted()).text }
}
