import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("A job's status") struct StatusTests {
    private static let painted = ["--num-samples", "200", "--painting", "50", "--lease", "2"]

    private func status(_ folder: JobFolder) async throws -> TestProcess.Result {
      try await Program.run(["status", folder.url.path])
    }

    @Test("status tells a job that runs, one that was killed and one that is complete apart")
    func states() async throws {
      let folder = try JobFolder()
      let command = Self.painted + ["--out", folder.url.path]
      let image = folder.url.appending(path: "images/000009.png").path
      _ = try await Program.run(command, ranks: 2) { launcher in
        for _ in 0..<3000 where !FileManager.default.fileExists(atPath: image) {
          try await Task.sleep(for: .milliseconds(10))
        }
        let running = try await status(folder)
        #expect(running.status == 75, "\(running)")
        #expect(running.output.contains(/state       (starting|running), 0:0/), "\(running)")
        #expect(running.output.contains("ranks       2 of 2 alive"), "\(running)")
        kill(launcher, SIGKILL)
      }
      try await Processes.waitForEnd(naming: folder.url.path)
      let killed = try await status(folder)
      #expect(killed.status == 75)
      #expect(killed.output.contains(". Run the same command to continue."), "\(killed)")

      let metrics = folder.url.appending(path: "../job.prom").path
      let again = try await Program.run(command + ["--metrics", metrics])
      #expect(again.status == 0, "\(again)")
      #expect(again.errors.contains(/resuming: \d+ of 200 images already exist/), "\(again)")
      let complete = try await status(folder)
      #expect(complete.status == 0)
      #expect(complete.output.contains(/state       complete, 0:\d+ ago\n/), "\(complete)")
      #expect(complete.output.contains(/images      200 of 200, \d+ of them from earlier runs/))
      #expect(complete.output.contains("ranks       1\n"), "\(complete)")
      let text = try String(contentsOfFile: metrics, encoding: .utf8)
      #expect(text.contains("diffuse_mpi_state{state=\"complete\"} 1"))
    }

    @Test("SIGUSR1 lets batches in progress be finished, on any rank", arguments: [nil, 3])
    func drain(ranks: Int?) async throws {
      let folder = try JobFolder()
      let image = folder.url.appending(path: "images/000009.png").path
      let result = try await Program.run(
        Self.painted + ["--batch-size", "4", "--out", folder.url.path], ranks: ranks
      ) { process in
        for _ in 0..<3000 where !FileManager.default.fileExists(atPath: image) {
          try await Task.sleep(for: .milliseconds(10))
        }
        kill(process, SIGUSR1)
      }
      #expect(result.status == 75, "\(result)")
      #expect(result.errors.components(separatedBy: "draining: ").count == 2, "\(result)")
      #expect(result.errors.contains(/drained: \d+ of 200 images saved. Run the same/), "\(result)")
      // Whole batches, since each that was begun was finished.
      #expect(try folder.metadata.count % 4 == 0)
      #expect(try await status(folder).output.contains("state       interrupted"))
    }

    @Test(
      "a folder without a status is refused", arguments: [("absent", 66), (".", 66)])
    func refused(folder: String, code: Int32) async throws {
      let place = try TemporaryFolder()
      let result = try await Program.run(["status", folder], in: place.url)
      #expect(result.status == code, "\(result)")
      #expect(result.errors.contains("there is no \(folder)/status.json"), "\(result)")
    }
  }
}
