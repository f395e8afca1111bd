import Foundation
import TestSupport

/// Hosts made of namespaces of this machine, and a Slurm in them (`Lab/lab.sh`).
struct Lab: Sendable {
  /// The folder that all hosts share.
  let folder: URL

  static let needs = "needs root, namespaces, and the packages slurm-wlm, munge and iproute2"

  /// Whether this machine can have a lab.
  static let isPossible: Bool = {
    let check = Process()
    check.executableURL = script("lab.sh")
    check.arguments = ["--check"]
    check.standardOutput = FileHandle.nullDevice
    check.standardError = FileHandle.nullDevice
    guard (try? check.run()) != nil else { return false }
    check.waitUntilExit()
    return check.terminationStatus == 0
  }()

  /// Runs `body` with a new lab, which ends after it.
  static func run(hosts: Int = 3, _ body: (Lab) async throws -> Void) async throws {
    let temporary = try TemporaryFolder()
    // The lab ends with this pipe, even if the tests crash.
    let input = Pipe()
    var failure: (any Error)?
    let result = try await TestProcess.run(
      script("lab.sh"), [temporary.url.path, "\(hosts)"], input: input.fileHandleForReading
    ) { process in
      do {
        let lab = Lab(folder: temporary.url)
        try await poll("a lab that is ready") {
          guard kill(process, 0) == 0 else { throw TestSetupError("the lab did not start") }
          return FileManager.default.fileExists(atPath: lab.folder.appending(path: "process").path)
        }
        try await body(lab)
      } catch {
        failure = error
      }
      try input.fileHandleForWriting.close()
    }
    if let failure { throw TestSetupError("\(failure)\n\(result.errors)") }
  }

  /// Runs a command on the head node, and returns its output. The command must succeed.
  @discardableResult
  func run(_ command: String...) async throws -> String {
    let result = try await attempt(command)
    guard result.status == 0 else { throw TestSetupError("\(command): \(result)") }
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Runs a command on the head node.
  func attempt(_ command: [String]) async throws -> TestProcess.Result {
    try await TestProcess.run(
      Self.script("enter.sh"), [folder.path] + command, in: folder, timeout: .seconds(240))
  }

  /// Starts, loses, disconnects or connects a host (`Lab/host.sh`).
  func host(_ action: String, _ name: String) async throws {
    try await run(Self.script("host.sh").path, action, name)
  }

  private static func script(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Lab/\(name)")
  }
}

/// Waits until `condition` is true, and throws after some minutes.
func poll(
  _ what: String, report: () async throws -> String = { "" },
  until condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(480)
  while try await !condition() {
    guard .now < deadline else {
      throw TestSetupError("waited in vain for \(what)\n\(try await report())")
    }
    try await Task.sleep(for: .milliseconds(500))
  }
}
