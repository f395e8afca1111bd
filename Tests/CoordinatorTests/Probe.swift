import Foundation
import TestSupport
import Testing

/// A job of the messaging probe: real processes with a fake network.
enum Probe {
  /// Runs it under mpirun to its end; it is killed when it hangs.
  static func run(
    in folder: TemporaryFolder, ranks: Int, _ arguments: String...,
    whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> TestProcess.Result {
    try await run(in: folder, ranks: ranks, arguments, whileRunning: whileRunning)
  }

  /// - Parameter survives: whether ranks go on when one dies, instead of being ended by mpirun.
  static func run(
    in folder: TemporaryFolder, ranks: Int, _ arguments: [String], survives: Bool = false,
    whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> TestProcess.Result {
    try await TestProcess.mpirun(
      ranks: ranks, BuiltProgram.url("messaging-probe"),
      ["out=\(folder.url.path)", "random=\(SeededGenerator.seedOfRun)"] + arguments,
      // What --enable-recovery sets.
      environment: survives ? ["OMPI_MCA_orte_enable_recovery": "1"] : [:],
      whileRunning: whileRunning)
  }

  /// What one process alone writes, without mpirun.
  static func images(_ arguments: String...) async throws -> [String: Data] {
    let folder = try TemporaryFolder()
    let result = try await TestProcess.run(
      BuiltProgram.url("messaging-probe"),
      ["out=\(folder.url.path)", "random=\(SeededGenerator.seedOfRun)"] + arguments)
    #expect(result.status == 0, "\(result)")
    return try folder.files(in: "images")
  }

  /// Waits for a rank of a running job and for its first image, and returns the rank's process.
  static func process(ofRank rank: Int, in folder: TemporaryFolder) async throws -> Int32 {
    let file = folder.url.appending(path: "pids/rank\(rank)")
    for _ in 0..<3000 {
      let process = (try? String(contentsOf: file, encoding: .utf8)).flatMap { Int32($0) }
      // Names alone: files that are being written change theirs.
      let images = folder.url.appending(path: "images").path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: images)) ?? []
      if let process, !names.isEmpty { return process }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw TestSetupError("rank \(rank) did not start to work in 30 seconds")
  }

  /// Whether a process ends soon; mpirun may be a moment ahead of its ranks.
  static func hasGone(_ process: Int32) async throws -> Bool {
    for _ in 0..<500 where kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    return kill(process, 0) != 0
  }
}
