import Foundation
import TestSupport
import Testing

/// Packed weights that real processes pass to each other.
@Suite(.serialized) struct WeightsTests {
  private static let size = 20_000_000

  /// Runs a job that does not end before all ranks have their weights, except the one that dies.
  ///
  /// - Returns: how many constants each rank packed, and the result of the job.
  private func run(
    ranks: Int, together: Int = 1, dying: Int? = nil, in folder: TemporaryFolder
  ) async throws -> (packed: [Int: Bool], result: TestProcess.Result) {
    let out = folder.url.appending(path: UUID().uuidString)
    let gate = folder.url.appending(path: UUID().uuidString)
    let arguments = [
      "out=\(out.path)", "seeds=0-20", "size=10", "weights=\(Self.size)", "gate=\(gate.path)",
      "caches=\(folder.url.appending(path: "caches").path)", "together=\(together)",
    ]
    let result = try await TestProcess.mpirun(
      ranks: ranks, BuiltProgram.url("messaging-probe"),
      arguments + (dying.map { ["dies=\($0)", "lease=3"] } ?? []),
      environment: dying == nil ? [:] : ["OMPI_MCA_orte_enable_recovery": "1"]
    ) { _ in
      let survivors = ranks - (dying == nil ? 0 : 1)
      for _ in 0..<3000 where try made(in: out).count < survivors {
        try await Task.sleep(for: .milliseconds(10))
      }
      try Data().write(to: gate)
    }
    #expect(result.status == 0 && !result.timedOut, "\(result)")
    return (try made(in: out).mapValues { $0 > 0 }, result)
  }

  /// The number of constants that each rank made.
  private func made(in out: URL) throws -> [Int: Int] {
    let folder = out.appending(path: "made")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var made: [Int: Int] = [:]
    for rank in names.compactMap({ Int($0) }) {
      let text = try String(contentsOf: folder.appending(path: "\(rank)"), encoding: .utf8)
      made[rank] = Int(text)
    }
    return made
  }

  private func expectation(_ ranks: some Sequence<Int>, packed: Set<Int>) -> [Int: Bool] {
    Dictionary(uniqueKeysWithValues: ranks.map { ($0, packed.contains($0)) })
  }

  /// The files of packed weights, and the number of incomplete ones.
  private func files(_ folder: TemporaryFolder) throws -> (weights: [Data], partial: Int) {
    let caches = folder.url.appending(path: "caches")
    let names = try FileManager.default.subpathsOfDirectory(atPath: caches.path)
    let weights = try names.filter { $0.hasSuffix(".weights") }
      .map { try Data(contentsOf: caches.appending(path: $0)) }
    return (weights, names.count { $0.hasSuffix(".partial") })
  }

  @Test(arguments: [(2, 1), (3, 1), (8, 1), (8, 4)])
  func `rank 0 packs once, each folder receives a copy, and the next job sends nothing`(
    ranks: Int, together: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let first = try await run(ranks: ranks, together: together, in: folder)
    #expect(first.packed == expectation(0..<ranks, packed: [0]))
    #expect(
      first.result.output.contains("weights for \(ranks / together - 1): sent in"),
      "\(first.result)")
    let (weights, partial) = try files(folder)
    #expect(weights.count == ranks / together && Set(weights).count == 1 && partial == 0)

    let second = try await run(ranks: ranks, together: together, in: folder)
    #expect(second.packed == expectation(0..<ranks, packed: []))
    #expect(!second.result.output.contains("weights for"), "\(second.result)")
  }

  @Test
  func `weights come from a rank that has them, and go to those that lack them`() async throws {
    let folder = try TemporaryFolder()
    _ = try await run(ranks: 4, in: folder)
    for rank in [0, 3] {
      try FileManager.default.removeItem(at: folder.url.appending(path: "caches/\(rank)"))
    }
    #expect(try await run(ranks: 4, in: folder).packed == expectation(0..<4, packed: []))
    let weights = try files(folder).weights
    #expect(weights.count == 4 && Set(weights).count == 1)
  }

  @Test(arguments: [1, 2])
  func `if a rank dies while it receives weights, the others still get them`(
    victim: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let (packed, result) = try await run(ranks: 4, dying: victim, in: folder)
    #expect(packed == expectation((0..<4).filter { $0 != victim }, packed: [0]))
    #expect(result.errors.contains("warning: rank \(victim) on "), "\(result)")
    #expect(try Set(files(folder).weights).count == 1)
  }
}
