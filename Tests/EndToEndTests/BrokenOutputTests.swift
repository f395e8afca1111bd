import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Broken standard output and error") struct BrokenOutputTests {
    /// The state of a broken standard output or error.
    enum Fault: String, CaseIterable {
      case full
      case closed
      case readerGone
      case stalled

      /// Returns a shell script that runs its arguments with one or both of the descriptors in that
      /// state.
      func script(output: Bool = true, error: Bool = true) -> String {
        let (before, target) =
          switch self {
          case .full: ("", "/dev/full")
          case .closed: ("", "&-")
          // The pipe is opened while it has a reader, which then closes it.
          case .readerGone: ("mkfifo pipe; exec 3<>pipe 4>pipe 3>&-; ", "&4")
          // The shell keeps the reading end, and the pipe is full.
          case .stalled: ("mkfifo pipe; exec 3<>pipe; head -c 65536 /dev/zero >pipe; ", "pipe")
          }
        return before + "exec \"$0\" \"$@\""
          + (output ? " >\(target)" : "") + (error ? " 2>\(target)" : "")
      }
    }

    /// Four images that take a moment each.
    private static let job = [
      "--painting", "20", "--num-samples", "4", "--batch-size", "1", "--verbose", "--out", "job",
    ]

    private func run(
      _ script: String, _ arguments: [String], ranks: Int? = nil, in folder: URL,
      whileRunning: (Int32) async throws -> Void = { _ in }
    ) async throws -> TestProcess.Result {
      let program = try BuiltProgram.url("diffuse-mpi").path
      let launcher = ranks.map { ["mpirun", "-n", "\($0)", "--bind-to", "none"] } ?? []
      return try await TestProcess.run(
        URL(filePath: "/bin/sh"), ["-c", script] + launcher + [program] + arguments,
        environment: TestProcess.mpirunEnvironment.merging(["XDG_CACHE_HOME": folder.path]) { $1 },
        in: folder, timeout: .seconds(120),
        whileRunning: whileRunning)
    }

    private func imageCount(_ folder: TemporaryFolder) throws -> Int {
      try folder.files(in: "job/images").keys.count { $0.hasSuffix(".png") }
    }

    /// mpirun itself never ends if it has no standard output at all, or if nobody reads it.
    @Test(arguments: Fault.allCases, [nil, 2])
    func `a job succeeds even if its standard output or error is closed, full or stalled`(
      fault: Fault, ranks: Int?
    ) async throws {
      guard ranks == nil || ![.closed, .stalled].contains(fault) else { return }
      let folder = try TemporaryFolder()
      let result = try await run(fault.script(), Self.job, ranks: ranks, in: folder.url)
      #expect(result.status == 0, "\(result)")
      #expect(try imageCount(folder) == 4)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGUSR1])
    func `a signal is handled while nobody reads the output of a job`(signal: Int32) async throws {
      let folder = try TemporaryFolder()
      let image = folder.url.appending(path: "job/images/000001.png").path
      let arguments = Self.job + ["--num-samples", "100000"]
      let result = try await run(Fault.stalled.script(), arguments, in: folder.url) { process in
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: image) {
          try await Task.sleep(for: .milliseconds(10))
        }
        kill(process, signal)
      }
      #expect(result.status == 75, "\(result)")
      #expect(!result.timedOut)
    }

    @Test(arguments: [SIGINT, SIGHUP])
    func `a signal that is ignored when a job starts stays ignored`(signal: Int32) async throws {
      let folder = try TemporaryFolder()
      let image = folder.url.appending(path: "job/images/000000.png").path
      let script = "trap '' \(signal); exec \"$0\" \"$@\""
      let result = try await run(script, Self.job, in: folder.url) { process in
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: image) {
          try await Task.sleep(for: .milliseconds(5))
        }
        kill(process, signal)
      }
      #expect(result.status == 0, "\(result)")
      #expect(try imageCount(folder) == 4)
    }

    /// Commands that exist only for their output.
    private static let commands = [
      ["plan", "--no-timing"], ["inspect", "fashion-mnist"], ["models"], ["cache"], ["--help"],
      ["help", "sample"],
      ["--version"], ["--generate-completion-script", "bash"],
    ]

    @Test(
      arguments: commands,
      [(Fault.full, "No space left"), (.closed, "Bad file descriptor")])
    func `a command fails with the reason if its output cannot be written`(
      arguments: [String], fault: (Fault, says: String)
    ) async throws {
      let folder = try TemporaryFolder()
      let result = try await run(fault.0.script(error: false), arguments, in: folder.url)
      #expect(result.status == 73, "\(result)")
      #expect(result.errors.contains("cannot write to standard output: \(fault.says)"))
    }

    @Test(arguments: commands)
    func `a command whose reader has left ends by SIGPIPE without a message`(arguments: [String])
      async throws
    {
      let folder = try TemporaryFolder()
      let result = try await run(
        Fault.readerGone.script(error: false), arguments, in: folder.url)
      #expect(result.status == 128 + SIGPIPE, "\(result)")
      #expect(result.errors.isEmpty, "\(result)")
    }

    @Test(arguments: Fault.allCases)
    func `an error keeps its exit code even if it cannot be printed`(fault: Fault) async throws {
      let folder = try TemporaryFolder()
      let result = try await run(fault.script(), ["--bogus"], in: folder.url)
      #expect(result.status == 64, "\(result)")
    }

    @Test(arguments: [nil, 2])
    func `messages keep their order if standard output and error are one file`(ranks: Int?)
      async throws
    {
      let folder = try TemporaryFolder()
      let result = try await run(
        "exec \"$0\" \"$@\" 2>&1", Self.job.filter { $0 != "--verbose" }, ranks: ranks,
        in: folder.url)
      #expect(result.status == 0, "\(result)")
      let places = ["fashion-mnist (bundled)", "4/4 images", "4 images in", "timeline:"].map {
        result.output.range(of: $0)?.lowerBound
      }
      let found = places.compactMap(\.self)
      #expect(found.count == places.count && found == found.sorted(), "\(result)")
    }
  }
}
