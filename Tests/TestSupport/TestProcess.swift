import Foundation
import Synchronization

/// Runs programs in tests, and kills them if they hang.
package enum TestProcess {
  /// The exit code and the output of a program.
  package struct Result: Sendable {
    /// The exit code, or 128 + the signal that ended it.
    package let status: Int32
    package let output: String
    package let errors: String
    /// Whether the program had to be killed.
    package let timedOut: Bool
  }

  /// Runs a program until it ends.
  ///
  /// - Parameters:
  ///   - environment: variables in addition to those of the test.
  ///   - input: the standard input.
  ///   - timeout: the time after which the program is killed, with SIGTERM and then with SIGKILL.
  ///   - terminal: a terminal for standard error, which is then not in the result.
  ///   - whileRunning: called with the process ID once the program runs.
  package static func run(
    _ executable: URL, _ arguments: [String], environment: [String: String] = [:],
    in folder: URL? = nil, input: FileHandle = .nullDevice, timeout: Duration = .seconds(60),
    terminal: PseudoTerminal? = nil, whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> Result {
    let scratch = try TemporaryFolder()
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    // Open MPI keeps a folder there. If it were shared, ending processes would remove it from under
    // starting ones.
    let own = ["TMPDIR": scratch.url.path].merging(environment) { $1 }
    process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = input
    // Files instead of pipes, because pipes would have to be read while the program runs.
    let output = scratch.url.appending(path: "output")
    let errors = scratch.url.appending(path: "errors")
    process.standardOutput = try newFile(output)
    let file = try newFile(errors)
    process.standardError = terminal?.programsSide ?? file
    try start(process)
    try await whileRunning(process.processIdentifier)
    let timedOut = try await wait(for: process, timeout: timeout)
    return Result(
      status: (process.terminationReason == .exit ? 0 : 128) + process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8),
      timedOut: timedOut)
  }

  /// Allows any user to run mpirun, with any number of cores.
  package static let mpirunEnvironment = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
  ]

  /// Runs a program on several ranks of this machine, with any number of cores.
  package static func mpirun(
    ranks: Int, _ executable: URL, _ arguments: [String], launcherOptions: [String] = [],
    environment: [String: String] = [:], in folder: URL? = nil, timeout: Duration = .seconds(60),
    terminal: PseudoTerminal? = nil,
    whileRunning: (Int32) async throws -> Void = { _ in }
  ) async throws -> Result {
    return try await run(
      URL(filePath: "/usr/bin/env"),
      ["mpirun", "-n", "\(ranks)"]
        + (launcherOptions.contains("--bind-to") ? [] : ["--bind-to", "none"]) + launcherOptions + [
          executable.path
        ]
        + arguments,
      environment: mpirunEnvironment.merging(environment) { $1 }, in: folder, timeout: timeout,
      terminal: terminal, whileRunning: whileRunning)
  }

  /// Starts a process with no signal blocked. The test runner's threads block signals, and a child
  /// process inherits that.
  private static func start(_ process: Process) throws {
    var none = sigset_t()
    var blocked = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &blocked)
    defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
    try starting.withLock { _ in try process.run() }
  }

  /// Foundation sometimes crashes when several threads start processes at the same time.
  private static let starting = Mutex(())

  private static func newFile(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  /// Waits without blocking a thread of the test runner. Returns whether the process had to be
  /// killed.
  private static func wait(for process: Process, timeout: Duration) async throws -> Bool {
    if try await hasEnded(process, within: timeout) { return false }
    process.terminate()
    if try await hasEnded(process, within: .seconds(5)) { return true }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return true
  }

  private static func hasEnded(_ process: Process, within limit: Duration) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while process.isRunning {
      if ContinuousClock.now > deadline { return false }
      try await Task.sleep(for: .milliseconds(20))
    }
    return true
  }
}
