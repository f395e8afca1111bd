import Compute
import Job
import Machine

/// The instruction sets of a job's ranks. Ranks with different ones may round differently, so the
/// bytes of an image would depend on the rank that generates it.
package struct InstructionSets {
  /// The hosts of each instruction set, in the order of their first ranks.
  private let hosts: [String: [String]]
  /// The instruction sets from the widest to the narrowest.
  private let names: [String]

  package init(_ placements: [Placement]) {
    hosts = Dictionary(grouping: placements, by: \.instructionSet).mapValues { ranks in
      ranks.map(\.host).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
    let width = { Processor.instructionSets.firstIndex(of: $0) ?? 0 }
    names = hosts.keys.sorted { width($0) > width($1) }
  }

  /// Returns a warning if the instruction sets differ.
  ///
  /// - Parameter limit: the value of `--isa`, which all ranks must then have.
  /// - Throws: a usage failure if the processor of a rank is narrower than the limit.
  package func warning(limit: String?) throws(Failure) -> String? {
    guard let narrowest = names.last else { return nil }
    if let limit, narrowest != limit {
      throw Failure(
        "\(hosts[narrowest]![0]) has no \(limit), but only \(narrowest): use --isa \(narrowest)",
        status: .usage)
    }
    guard names.count > 1 else { return nil }
    let groups = names.map { "\($0) on \(Self.list(hosts[$0]!))" }.joined(separator: ", ")
    return
      "warning: the processors have different instruction sets (\(groups)), so the last bits of "
      + "an image may depend on the rank; --isa \(narrowest) makes all ranks use the same one"
  }

  /// The most hosts that are named.
  private static let named = 3

  private static func list(_ hosts: [String]) -> String {
    let more = hosts.count - named
    return hosts.prefix(named).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
