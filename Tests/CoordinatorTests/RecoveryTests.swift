import Foundation
import TestSupport
import Testing

/// Jobs in real processes, some of which die or are stopped.
@Suite(.serialized) struct RecoveryTests {
  /// Takes seconds on five ranks. Most images are too large for MPI to send at once.
  private static let job = [
    "seeds=0-99", "size=300000", "batch=2", "steps=2", "delay=0.1", "lease=2",
  ]

  private func run(
    in folder: TemporaryFolder, survives: Bool = true,
    whileRunning: (Int32) async throws -> Void
  ) async throws -> TestProcess.Result {
    let gate = folder.url.appending(path: "gate")
    return try await Probe.run(
      in: folder, ranks: 5, Self.job + ["gate=\(gate.path)"], survives: survives
    ) { launcher in
      try await whileRunning(launcher)
      // Until now the job could not end, no matter how slow the test is.
      try Data().write(to: gate)
    }
  }

  private func expectWhole(
    _ result: TestProcess.Result, _ folder: TemporaryFolder
  ) async throws {
    #expect(result.status == 0 && !result.timedOut, "\(result)")
    let whole = try await Probe.images("seeds=0-99", "size=300000")
    #expect(whole.count == 100 + 1)
    #expect(try folder.files(in: "images") == whole)
  }

  @Test(arguments: [[3], [1, 2, 4]])
  func `a job completes if ranks survive the death of others, and reports each death once`(
    victims: [Int]
  ) async throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(ofTest: "deaths of \(victims)")
    let pauses = victims.map { _ in Int.random(in: 0...200, using: &generator) }
    let result = try await run(in: folder) { _ in
      for (rank, pause) in zip(victims, pauses) {
        kill(try await Probe.process(ofRank: rank, in: folder), SIGKILL)
        try await Task.sleep(for: .milliseconds(pause))
      }
    }
    try await expectWhole(result, folder)
    let deaths = result.errors.split(separator: "\n").filter { $0.contains(" died: ") }
    #expect(deaths.count == victims.count, "\(result)")
    for rank in victims {
      #expect(deaths.contains { $0.hasPrefix("warning: rank \(rank) on ") }, "\(result)")
    }
  }

  @Test(arguments: [true, false])
  func `a rank that was stopped for longer than its lease continues`(survives: Bool) async throws {
    let folder = try TemporaryFolder()
    let result = try await run(in: folder, survives: survives) { _ in
      let process = try await Probe.process(ofRank: 2, in: folder)
      kill(process, SIGSTOP)
      try await Task.sleep(for: .seconds(2.5))
      kill(process, SIGCONT)
    }
    try await expectWhole(result, folder)
  }

  @Test(arguments: [true, false])
  func `a job ends although ranks stay stopped`(survives: Bool) async throws {
    let folder = try TemporaryFolder()
    let result = try await run(in: folder, survives: survives) { _ in
      for rank in 1...3 { kill(try await Probe.process(ofRank: rank, in: folder), SIGSTOP) }
    }
    try await expectWhole(result, folder)
    for rank in 1...3 {
      let process = try await Probe.process(ofRank: rank, in: folder)
      #expect(try await Probe.hasGone(process), "rank \(rank) is still there")
    }
  }

  @Test
  func `if rank 0 dies, the others end by themselves, with one message`() async throws {
    let folder = try TemporaryFolder()
    let result = try await run(in: folder) { _ in
      _ = try await Probe.process(ofRank: 4, in: folder)
      kill(try await Probe.process(ofRank: 0, in: folder), SIGKILL)
    }
    #expect(!result.timedOut, "\(result)")
    let words = "error: rank 0 died, so all ranks end. Run the same command to continue."
    #expect(result.errors.components(separatedBy: words).count == 2, "\(result)")
    for rank in 0...4 {
      let process = try await Probe.process(ofRank: rank, in: folder)
      #expect(try await Probe.hasGone(process), "rank \(rank) is still there")
    }
    let whole = try await Probe.images("seeds=0-99", "size=300000")
    let found = try folder.files(in: "images").filter { !$0.key.hasPrefix(".") }
    #expect(found.count < whole.count)
    #expect(found.allSatisfy { whole[$0] == $1 })
  }
}
