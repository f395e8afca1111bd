import Foundation
import TestSupport

/// A job that was submitted to the Slurm of a lab.
struct SlurmJob: Sendable {
  let lab: Lab
  let id: Int

  /// What Slurm knows about the job, by key.
  private var facts: [String: String] {
    get async throws {
      let text = try await lab.run("scontrol", "show", "job", "--oneliner", "\(id)")
      let pairs = text.split(separator: " ").compactMap { word -> (String, String)? in
        guard let sign = word.firstIndex(of: "=") else { return nil }
        return (String(word[..<sign]), String(word[word.index(after: sign)...]))
      }
      return Dictionary(pairs) { first, _ in first }
    }
  }

  var state: String { get async throws { try await facts["JobState"] ?? "" } }

  /// How often the job was requeued.
  var restarts: Int { get async throws { Int(try await facts["Restarts"] ?? "") ?? 0 } }

  /// Whether the job has ended for good.
  var hasEnded: Bool {
    get async throws {
      let running = ["PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED"]
      return try await !running.contains(state)
    }
  }

  func waitForState(_ state: String) async throws {
    try await poll("the state \(state) of job \(id)") { try await self.state == state }
  }

  func waitForRestart() async throws {
    try await poll("a restart of job \(id)") { try await restarts > 0 }
  }
}
