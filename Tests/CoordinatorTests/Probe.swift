import Foundation
import TestSupport
import Testing

/// Runs jobs of the messaging probe: real processes with a fake network.
enum Probe {
  /// Runs a job under mpirun, and kills it if it hangs.
  static func run(
    in folder: TemporaryFolder, ranks: Int, _ arguments: String...,
    whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> TestProcess.Result {
    try await run(in: folder, ranks: ranks, arguments, whileRunning: whileRunning)
  }

  /// - Parameter survives: whether the other ranks continue when one dies. Otherwise mpirun ends
  ///   them.
  static func run(
    in folder: TemporaryFolder, ranks: Int, _ arguments: [String], survives: Bool = false,
    whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> TestProcess.Result {
    try await TestProcess.mpirun(
      ranks: ranks, BuiltProgram.url("messaging-probe"),
      ["out=\(folder.url.path)", "random=\(SeededGenerator.seedOfRun)"] + arguments,
      // The variable that --enable-recovery sets.
      environment: survives ? ["OMPI_MCA_orte_enable_recovery": "1"] : [:],
      whileRunning: whileRunning)
  }

  /// Returns the images that a single process writes without mpirun.
  static func images(_ arguments: String...) async throws -> [String: Data] {
    let folder = try TemporaryFolder()
    let result = try await TestProcess.run(
      BuiltProgram.url("messaging-probe"),
      ["out=\(folder.url.path)", "random=\(SeededGenerator.seedOfRun)"] + arguments)
    #expect(result.status == 0, "\(result)")
    return try folder.files(in: "images")
  }

  /// Waits for a rank of a running job and for the first image. Returns the process of the rank.
  static func process(ofRank rank: Int, in folder: TemporaryFolder) async throws -> Int32 {
    let file = folder.url.appending(path: "pids/rank\(rank)")
    for _ in 0..<3000 {
      let process = (try? String(contentsOf: file, encoding: .utf8)).flatMap { Int32($0) }
      // Only the names, because files that are being written are renamed.
      let images = folder.url.appending(path: "images").path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: images)) ?? []
      if let process, !names.isEmpty { return process }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw TestSetupError("rank \(rank) did not start to work in 30 seconds")
  }

  /// Returns whether a process ends soon. mpirun may end slightly before its ranks.
  static func hasGone(_ process: Int32) async throws -> Bool {
    for _ in 0..<500 where kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    return kill(process, 0) != 0
  }
}
