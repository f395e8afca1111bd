import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  /// Root is exempt from the limit, and `nobody` may not be able to access the program.
  @Suite("Limits on threads", .enabled(if: LimitedUser.canRunProgram)) struct ThreadLimitTests {
    private func run(_ arguments: [String], in folder: URL) async throws -> TestProcess.Result {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o777], ofItemAtPath: folder.path)
      return try await TestProcess.run(
        URL(filePath: "/bin/sh"),
        ["-c", LimitedUser.script, BuiltProgram.url("diffuse-mpi").path] + arguments,
        environment: ["XDG_CACHE_HOME": folder.path], in: folder)
    }

    @Test
    func `a job that cannot start a thread ends with an error that names the limit`() async throws {
      let folder = try TemporaryFolder()
      let result = try await run(
        ["--num-samples", "2", "--steps", "ddim2", "--out", "job"], in: folder.url)
      #expect(result.status == 70, "\(result)")
      #expect(!result.timedOut)
      #expect(
        result.errors.components(separatedBy: "cannot create a thread: ").count == 2, "\(result)")
      #expect(result.errors.contains("ulimit -u is 1"), "\(result)")
    }

    @Test(arguments: [["plan"], ["cache"], ["--help"]])
    func `commands that need no thread work`(arguments: [String]) async throws {
      let folder = try TemporaryFolder()
      let result = try await run(arguments, in: folder.url)
      #expect(result.status == 0, "\(result)")
      #expect(!result.output.isEmpty)
    }

    @Test
    func `a folder can be verified without threads`() async throws {
      let folder = try TemporaryFolder()
      let arguments = ["--painting", "0", "--num-samples", "20"]
      let job = folder.url.appending(path: "job")
      #expect(try await Program.run(arguments + ["--out", job.path]).status == 0)
      let result = try await run(["verify", job.path], in: folder.url)
      #expect(result.status == 0, "\(result)")
    }
  }
}

/// A user with a limit of one process, which allows no additional thread.
private enum LimitedUser {
  /// A shell script that runs its arguments as that user.
  static var script: String {
    let limited = "ulimit -u 1; exec \"$0\" \"$@\""
    return geteuid() == 0
      ? "exec setpriv --reuid=65534 --regid=65534 --clear-groups bash -c '\(limited)' \"$0\" \"$@\""
      : limited
  }

  static var canRunProgram: Bool {
    guard geteuid() == 0 else { return true }
    guard var url = try? BuiltProgram.url("diffuse-mpi").resolvingSymlinksInPath(),
      FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
    else { return false }
    // Everyone can execute the program and access its folders.
    while url.path != "/" {
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      guard let mode = attributes?[.posixPermissions] as? Int, mode & 1 == 1 else { return false }
      url.deleteLastPathComponent()
    }
    return true
  }
}
