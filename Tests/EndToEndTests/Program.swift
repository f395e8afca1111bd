import Foundation
import TestSupport

/// Runs `diffuse-mpi` as a user does.
enum Program {
  /// Five images in batches of two, so that the last batch is short. The job is fast, and uses
  /// guidance.
  static let quick = ["--num-samples", "5", "--steps", "ddim5", "--batch-size", "2"]

  /// Runs the program, and kills it if it hangs.
  ///
  /// - Parameters:
  ///   - ranks: the number of ranks, or `nil` to run without mpirun.
  ///   - terminal: a terminal for standard error, which is then not in the result.
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
    // Other builds and tests may use the machine at the same time.
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

  /// The folder of packed weights for the jobs of all tests, instead of the user's.
  private static let caches: Result<TemporaryFolder, any Error> = Result {
    // A static value is never released, so its folder would remain.
    atexit { try? FileManager.default.removeItem(at: Program.caches.get().url) }
    return try TemporaryFolder()
  }
}
