import Foundation
import TestSupport

/// `diffuse-mpi` as a user starts it.
enum Program {
  /// Five images in batches of two, so that the last batch is short; quick, and guided.
  static let quick = ["--num-samples", "5", "--steps", "ddim5", "--batch-size", "2"]

  /// Runs it to its end; it is killed when it hangs.
  ///
  /// - Parameters:
  ///   - ranks: nil without mpirun.
  ///   - terminal: where standard error goes instead of into the result.
  static func run(
    _ arguments: [String], ranks: Int? = nil, in folder: URL? = nil,
    terminal: PseudoTerminal? = nil,
    whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> TestProcess.Result {
    let program = try BuiltProgram.url("diffuse-mpi")
    let environment = try [
      "XDG_CACHE_HOME": caches.get().url.path, "DIFFUSE_MPI_CACHE": "",
      "DIFFUSE_MPI_CACHE_LIMIT": "", "TERM": "xterm",
    ]
    // Other builds and tests may have the machine at the same time.
    let timeout = Duration.seconds(300)
    if let ranks {
      return try await TestProcess.mpirun(
        ranks: ranks, program, arguments, environment: environment, in: folder, timeout: timeout,
        terminal: terminal, whileRunning: whileRunning)
    }
    return try await TestProcess.run(
      program, arguments, environment: environment, in: folder, timeout: timeout,
      terminal: terminal, whileRunning: whileRunning)
  }

  /// Where all tests' jobs keep their packed weights, rather than where the user's do.
  private static let caches: Result<TemporaryFolder, any Error> = Result {
    // A static value is never let go of, so its folder would stay.
    atexit { try? FileManager.default.removeItem(at: Program.caches.get().url) }
    return try TemporaryFolder()
  }
}
