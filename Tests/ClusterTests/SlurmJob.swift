import Foundation
import TestSupport

/// A job, or an array of jobs, that was submitted to the Slurm of a lab.
struct SlurmJob: Sendable {
  let lab: Lab
  let id: Int

  /// What Slurm knows about the job, or about each job of the array, by key.
  private var records: [[String: String]] {
    get async throws {
      let text = try await lab.run("scontrol", "show", "job", "--oneliner", "\(id)")
      return text.split(separator: "\n").map { line in
        let words = line.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
        let pairs = words.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }
        return Dictionary(pairs) { first, _ in first }
      }
    }
  }

  /// The different states of the jobs, which is one for a single job.
  var states: Set<String> {
    get async throws { Set(try await records.map { $0["JobState"] ?? "" }) }
  }

  /// How often a job was requeued.
  var restarts: Int {
    get async throws { try await records.compactMap { Int($0["Restarts"] ?? "") }.max() ?? 0 }
  }

  func waitForState(_ state: String) async throws {
    try await poll("the state \(state) of job \(id)") { try await states == [state] }
  }
}
