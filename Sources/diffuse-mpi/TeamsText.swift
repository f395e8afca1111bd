import Job
import Messaging

/// All ranks' teams in words: `2 ranks × 1 thread, pinned to processors 0, 1`.
struct TeamsText {
  private let teams: [Team]

  /// Ranks whose processors are listed; more would not fit a line.
  private static let listedRanks = 8

  /// - Parameter teams: by rank, at least one.
  init(_ teams: [Team]) {
    self.teams = teams
  }

  var text: String { "\(ranks)\(hosts) × \(threads)\(processors)" }

  private var ranks: String { teams.count == 1 ? "1 rank" : "\(teams.count) ranks" }

  private var hosts: String {
    let count = Set(teams.map(\.host)).count
    return count == 1 ? "" : " on \(count) hosts"
  }

  private var threads: String {
    let counts = teams.map(\.threads)
    let (least, most) = (counts.min() ?? 1, counts.max() ?? 1)
    return most == 1 ? "1 thread" : (least == most ? "" : "\(least) to ") + "\(most) threads"
  }

  private var processors: String {
    guard teams.allSatisfy({ !$0.processors.isEmpty }) else { return "" }
    let arePinned = teams.allSatisfy { $0.isPinned || $0.processors.count == 1 }
    let verb = arePinned ? ", pinned to processors" : ", kept to processors"
    guard hosts.isEmpty, teams.count <= Self.listedRanks else { return "\(verb) of their own" }
    return "\(verb) \(teams.map(\.processorList).joined(separator: ", "))"
  }
}

extension Team {
  /// The processors in the kernel's words: `0-3,8`.
  var processorList: String { NumberRanges(processors.sorted()).text }
}
