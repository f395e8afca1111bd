import Foundation
import TestSupport

/// The processes of this machine, from /proc.
enum Processes {
  /// Returns the child processes in the order in which they were started.
  static func children(of process: Int32) -> [Int32] {
    let path = "/proc/\(process)/task/\(process)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { Int32($0) }
  }

  /// Kills a process and its children, so that none of them reacts to the end of another.
  static func killAll(_ process: Int32) {
    for process in [process] + children(of: process) { kill(process, SIGKILL) }
  }

  /// Returns the processes with `text` in their command line.
  static func naming(_ text: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter {
      let line = try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)
      return line?.contains(text) == true
    }
  }

  /// Waits until there are no such processes. Throws if they do not end.
  static func waitForEnd(naming text: String) async throws {
    for _ in 0..<600 {
      if try naming(text).isEmpty { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    let left = try naming(text)
    for process in left { kill(process, SIGKILL) }
    throw TestSetupError("processes \(left) were left behind")
  }
}
