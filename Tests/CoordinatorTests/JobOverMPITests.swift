import Foundation
import TestSupport
import Testing

/// Complete jobs in real processes, with a fake network.
@Suite(.serialized) struct JobOverMPITests {
  @Test(arguments: [(1, 4), (2, 1), (3, 4), (8, 1)])
  func `any number of ranks writes the same bytes in any order`(ranks: Int, batchSize: Int)
    async throws
  {
    let expected = try await Probe.images("seeds=3-24", "classes=1-5")
    #expect(expected.count == 22 + 1)
    let folder = try TemporaryFolder()
    let result = try await Probe.run(
      in: folder, ranks: ranks, "seeds=3-24", "classes=1-5", "delay=0.02", "batch=\(batchSize)")
    #expect(result.status == 0, "\(result)")
    #expect(try folder.files(in: "images") == expected)
  }

  @Test
  func `there may be more ranks than batches, and waiting ranks hardly use a processor`()
    async throws
  {
    let folder = try TemporaryFolder()
    let result = try await Probe.run(in: folder, ranks: 8, "seeds=0", "delay=0.6")
    #expect(result.status == 0, "\(result)")
    #expect(try folder.files(in: "images").count == 2)
    let used = result.output.split(separator: "\n").filter { $0.contains(" used ") }
      .compactMap { $0.split(separator: " ").lazy.compactMap { Double($0) }.last }
    #expect(used.count == 8)
    // If the ranks were spinning, they would use every core completely. The sum would be at least
    // 1.
    #expect(used.reduce(0, +) < 0.8, "\(result.output)")
  }

  struct Fault: Sendable {
    let name: String
    /// The rank that fails.
    let rank: Int
    let status: Int32
    let says: String
    var images = 0...20
  }

  @Test(arguments: [
    Fault(name: "factory", rank: 0, status: 66, says: "/nowhere/model.pt: no such file"),
    Fault(name: "factory", rank: 2, status: 66, says: "error: rank 2 on "),
    Fault(name: "make", rank: 0, status: 65, says: "error: rank 0 on "),
    Fault(name: "make", rank: 1, status: 65, says: "the weights are not numbers"),
    Fault(name: "missingImage", rank: 1, status: 70, says: "please report"),
    Fault(name: "write", rank: 0, status: 73, says: "no space left on device", images: 4...4),
    Fault(name: "finish", rank: 0, status: 73, says: "no space left on device", images: 20...20),
  ])
  func `a failure on any rank is reported once and ends the job with its own status`(fault: Fault)
    async throws
  {
    let folder = try TemporaryFolder()
    let result = try await Probe.run(
      in: folder, ranks: 3, "fault=\(fault.name)", "ranks=\(fault.rank)", "delay=0.02")
    #expect(result.status == fault.status, "\(result)")
    #expect(!result.timedOut)
    #expect(result.errors.components(separatedBy: "error:").count == 2, "\(result)")
    #expect(result.errors.contains(fault.says), "\(result)")
    #expect(fault.images.contains(try folder.files(in: "images").count))
  }

  @Test(arguments: ["factory", "make"])
  func `a failure of all ranks at once is reported once`(fault: String) async throws {
    let folder = try TemporaryFolder()
    let result = try await Probe.run(
      in: folder, ranks: 8, "fault=\(fault)", "ranks=0,1,2,3,4,5,6,7")
    #expect(result.errors.components(separatedBy: "error:").count == 2, "\(result)")
    #expect(!result.timedOut)
  }

  /// Takes half a minute on three ranks, so that the signal arrives long before the end.
  private static let long = ["seeds=0-199", "batch=1", "steps=2", "delay=0.6", "size=20000"]

  @Test(arguments: [(0, SIGTERM), (0, SIGINT), (2, SIGTERM)])
  func `a signal to a rank ends the job as incomplete`(rank: Int, signal: Int32) async throws {
    let whole = try await Probe.images("seeds=0-199", "size=20000")
    let folder = try TemporaryFolder()
    let result = try await Probe.run(in: folder, ranks: 3, Self.long) { _ in
      kill(try await Probe.process(ofRank: rank, in: folder), signal)
    }
    #expect(result.status == 75, "\(result)")
    #expect(!result.timedOut)
    #expect(
      result.errors.matches(of: /interrupted: \d+ of 200 images saved/).count == 1, "\(result)")
    let images = try folder.files(in: "images")
    #expect(images.allSatisfy { whole[$0] == $1 })
    #expect((1..<200).contains(images.count))
  }

  @Test
  func `after SIGTERM to mpirun, all files are complete and no rank is left`() async throws {
    let whole = try await Probe.images("seeds=0-199", "size=20000")
    let folder = try TemporaryFolder()
    let result = try await Probe.run(in: folder, ranks: 3, Self.long) { mpirun in
      _ = try await Probe.process(ofRank: 2, in: folder)
      kill(mpirun, SIGTERM)
    }
    #expect(result.status != 0, "\(result)")
    #expect(!result.timedOut)
    #expect(result.errors.contains("interrupted:"), "\(result)")
    #expect(try folder.files(in: "images").allSatisfy { whole[$0] == $1 })
    for rank in 0..<3 {
      let process = try await Probe.process(ofRank: rank, in: folder)
      #expect(try await Probe.hasGone(process), "rank \(rank) is still there")
    }
  }

  @Test
  func `the death of a worker ends the job without a hang`() async throws {
    let folder = try TemporaryFolder()
    let result = try await Probe.run(in: folder, ranks: 3, Self.long) { _ in
      kill(try await Probe.process(ofRank: 2, in: folder), SIGKILL)
    }
    #expect(result.status != 0, "\(result)")
    #expect(!result.timedOut)
  }

  @Test
  func `a signal also ends a job without mpirun as incomplete`() async throws {
    let folder = try TemporaryFolder()
    let result = try await TestProcess.run(
      BuiltProgram.url("messaging-probe"), ["out=\(folder.url.path)"] + Self.long
    ) { process in
      _ = try await Probe.process(ofRank: 0, in: folder)
      kill(process, SIGTERM)
    }
    #expect(result.status == 75, "\(result)")
    #expect(result.errors.contains("interrupted:"), "\(result)")
  }
}
