import Foundation

/// Where a rank runs: its host and the processors it may use there.
package struct Placement: Sendable, Codable, Equatable {
  package let host: String
  /// The affinity mask in hexadecimal, as the kernel writes it: `3` or `ffffffff,00000000`.
  package let mask: String

  package init(host: String, mask: String) {
    self.host = host
    self.mask = mask
  }

  /// The placement of this process.
  package static var current: Placement {
    Placement(host: ProcessInfo.processInfo.hostName, mask: affinityMask())
  }

  /// The placement of every rank, by rank; a collective call.
  package static func gather(over communicator: Communicator) throws -> [Placement] {
    try communicator.allGather(Array(JSONEncoder().encode(current))).map {
      try JSONDecoder().decode(Placement.self, from: Data($0))
    }
  }

  /// How many threads the rank should compute with: its share of the processors its mask allows,
  /// divided among the ranks of the same host with the same mask; at least 1.
  package static func threadShare(of rank: Int, in placements: [Placement]) -> Int {
    let mine = placements[rank]
    let sharers = placements.count { $0 == mine }
    let processors = mine.mask.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
    return max(1, processors / sharers)
  }

  /// Read from the kernel's text, which has no upper limit of processors as `cpu_set_t` has.
  private static func affinityMask() -> String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    return line?.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
  }
}
