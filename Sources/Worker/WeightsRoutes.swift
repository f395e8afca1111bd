import Cache

/// The ranks that pass each file of packed weights to each other: one for each cache folder that
/// lacks the file, after one that has it.
package struct WeightsRoutes: Sendable, Equatable {
  /// Up to this number of ranks, each rank sends a file to one other, which takes the least time.
  /// With more ranks, each sends it to two, because the way through a long chain takes longer than
  /// sending the file twice.
  package static let longestChain = 64

  /// The ranks by the name of the file. The first one has the file, or packs it.
  private let ranks: [String: [Int]]

  /// - Parameter states: what each rank knows about the files, by rank. All ranks have to use the
  ///   same states.
  package init(_ states: [[String: PackedReservations.State]]) {
    var ranks: [String: [Int]] = [:]
    for name in Set(states.flatMap(\.keys)) {
      let complete = states.indices.filter { states[$0][name] == .complete }
      let reserved = states.indices.filter { states[$0][name] == .reserved }
      let all = complete.prefix(1) + reserved
      if all.count > 1 && !reserved.isEmpty { ranks[name] = Array(all) }
    }
    self.ranks = ranks
  }

  /// Whether no rank needs a file from another one.
  package var isEmpty: Bool { ranks.isEmpty }

  /// Returns whether a rank is the first of those that have a file.
  package func isFirst(_ rank: Int, for file: String) -> Bool { ranks[file]?.first == rank }

  /// Returns the number of ranks that receive a file.
  package func receiverCount(of file: String) -> Int { max(0, (ranks[file]?.count ?? 0) - 1) }

  /// Returns the ranks from which a rank can receive a file: first the one that sends it, then the
  /// others on the way back to the first rank. They may take the place of those that die.
  ///
  /// A rank without a reservation writes a file only if the rank that reserved it has failed. It
  /// receives the file from the first rank. No rank ever waits for itself, because each one receives
  /// only from earlier ones.
  package func senders(of file: String, to rank: Int) -> [Int] {
    guard let ranks = ranks[file] else { return [] }
    guard var place = ranks.firstIndex(of: rank) else { return [ranks[0]] }
    var senders: [Int] = []
    while place > 0 {
      place = ranks.count <= Self.longestChain ? place - 1 : (place - 1) / 2
      senders.append(ranks[place])
    }
    return senders
  }

  /// Returns the number of ranks that a rank sends a file to if none fails.
  package func receivers(of file: String, from rank: Int) -> Int {
    (ranks[file] ?? []).count { senders(of: file, to: $0).first == rank }
  }
}
