import Wording

/// The labels of the rows of a timeline, such as `rank 3` or `ranks 4–7 · node-b`.
struct TimelineLabels {
  /// The label of each row.
  let rows: [String]
  /// A summary of all ranks and their hosts.
  let summary: String

  /// The longest host name in characters, and the largest number of hosts that are listed.
  private static let longestHost = 24
  private static let listedHosts = 6

  /// - Parameter hosts: the host of every rank.
  init(_ timeline: Timeline, hosts: [String]) {
    let names = hosts.map(Self.shortened)
    var seen: Set<String> = []
    let all = names.filter { seen.insert($0).inserted }
    rows = (0..<timeline.rowCount).map { row in
      let ranks = timeline.ranks(ofRow: row)
      return Self.numbers(ranks) + (all.count > 1 ? " · " + Self.place(Set(names[ranks])) : "")
    }
    summary = "\(counted(hosts.count, "rank")) on \(Self.list(all))"
  }

  /// The number of characters of the longest label.
  var longest: Int { rows.map(\.count).max() ?? 0 }

  private static func numbers(_ ranks: Range<Int>) -> String {
    ranks.count == 1
      ? "rank \(ranks.lowerBound)" : "ranks \(ranks.lowerBound)–\(ranks.upperBound - 1)"
  }

  private static func place(_ hosts: Set<String>) -> String {
    hosts.count == 1 ? hosts.first! : "\(hosts.count) hosts"
  }

  private static func list(_ hosts: [String]) -> String {
    let listed = hosts.prefix(listedHosts).joined(separator: ", ")
    if hosts.count == 1 { return listed }
    let more = hosts.count - listedHosts
    return "\(hosts.count) hosts: \(listed)\(more > 0 ? " and \(more) more" : "")"
  }

  /// A host name without its domain. IP addresses are not shortened.
  private static func shortened(_ host: String) -> String {
    let isName = host.contains { $0.isLetter } && !host.contains(":")
    let name = isName ? host.split(separator: ".").first.map(String.init) ?? host : host
    return name.count <= longestHost ? name : name.prefix(longestHost - 1) + "…"
  }
}
