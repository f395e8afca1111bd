import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("A job's status") struct StatusTests {
    private static let painted = ["--num-samples", "200", "--painting", "50", "--lease", "2"]

    private func status(_ folder: JobFolder) async throws -> TestProcess.Result {
      try await Program.run(["status", folder.url.path])
    }

    @Test
    func `status distinguishes running, killed and complete jobs`() async throws {
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
        for rank in Processes.children(of: launcher) { kill(rank, SIGKILL) }
      }
      try await Processes.waitForEnd(naming: folder.url.path)
      let killed = try await status(folder)
      #expect(killed.status == 75)
      #expect(
        killed.output.contains(
          /state       died while (starting|running), 0:\d+ ago. Run the same command to continue.\n/
        ),
        "\(killed)")
      #expect(killed.output.contains("ranks       2\n") && !killed.output.contains("speed"))

      let metrics = folder.url.appending(path: "../job.prom").path
      // The rest is painted faster, because it is not observed.
      let again = try await Program.run(command + ["--painting", "5", "--metrics", metrics])
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

    @Test(arguments: [nil, 3])
    func `SIGUSR1 to any rank finishes the batches in progress`(ranks: Int?) async throws {
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
      // Only whole batches, because every batch in progress was finished.
      #expect(try folder.metadata.count % 4 == 0)
      #expect(try await status(folder).output.contains("state       interrupted"))
    }

    @Test(arguments: [SIGKILL, SIGINT])
    func `ranks whose launcher is gone save finished images and end`(signal: Int32) async throws {
      let folder = try JobFolder()
      let image = folder.url.appending(path: "images/000009.png").path
      _ = try await Program.run(Self.painted + ["--out", folder.url.path], ranks: 2) { launcher in
        for _ in 0..<3000 where !FileManager.default.fileExists(atPath: image) {
          try await Task.sleep(for: .milliseconds(10))
        }
        kill(launcher, signal)
        // mpirun ends at once at the second SIGINT.
        if signal == SIGINT { try await Task.sleep(for: .milliseconds(200)) }
        kill(launcher, signal)
      }
      try await Processes.waitForEnd(naming: folder.url.path)
      let status = try await status(folder)
      #expect(status.status == 75)
      #expect(status.output.contains("state       interrupted, "), "\(status)")
    }

    /// Each with a text that the error must contain.
    private static let impossible: [(json: String, says: String)] = [
      ("\"total\": 0", "total is 0"), ("\"total\": -3", "total is -3"),
      ("\"done\": -1", "done is -1"), ("\"done\": 201", "done is 201"),
      ("\"done_before\": 9223372036854775807", "done_before is 9223372036854775807"),
      ("\"total\": 99999999999999999999", "does not hold"), ("\"total\": 1.5", "does not hold"),
      ("\"seconds_left\": 1e400", "status.json"),
      ("\"seconds_left\": 1e300", "seconds_left is 1e+300"),
      ("\"seconds_left\": -5", "seconds_left is -5.0"),
      ("\"images_per_second\": \"NaN\"", "does not hold"),
      ("\"exit_code\": 4294967296", "exit_code is 4294967296"),
      ("\"process\": -7", "process is -7"),
      ("\"updated\": \"9999-12-31T23:59:59Z\"", "updated is in the future"),
      ("\"updated\": \"yesterday\"", "updated is not a time"),
      ("\"started\": \"2026-13-45T99:99:99Z\"", "started is not a time"),
      ("\"state\": \"napping\"", "does not hold"),
      ("\"state\": \"complete\"", "state is complete, but done is 40 of 200"),
      ("\"held\": null", "does not hold"),
      ("\"given_up\": [{\"index\": 200, \"reason\": \"\"}]", "given_up.index is 200"),
      ("\"ranks\": {\"total\": 2, \"alive\": 3, \"lost\": []}", "ranks.alive is 3"),
      ("\"ranks\": {\"total\": 0, \"alive\": 0, \"lost\": []}", "ranks.total is 0"),
      ("\"ranks\": {\"total\": 2, \"alive\": 1, \"lost\": [2]}", "ranks.lost is 2"),
    ]

    @Test
    func `an impossible status is refused as bad data`() async throws {
      let folder = try TemporaryFolder()
      let file = folder.url.appending(path: "status.json")
      for (json, says) in Self.impossible {
        let key = try #require(json.firstMatch(of: /"(\w+)"/)?.1)
        let values = [
          "state": "\"running\"", "total": "200", "done": "40", "done_before": "0", "held": "0",
          "given_up": "[]", "ranks": "{\"total\": 2, \"alive\": 2, \"lost\": []}",
        ].filter { $0.key != key }.map { "\"\($0.key)\": \($0.value)" }
        try Data("{\((values + [json]).joined(separator: ", "))}".utf8).write(to: file)
        let result = try await Program.run(["status", folder.url.path])
        #expect(result.status == 65, "\(json): \(result)")
        #expect(result.errors.hasPrefix("error: ") && result.output.isEmpty, "\(json): \(result)")
        #expect(result.errors.contains(says) && result.errors.contains(file.path), "\(result)")
      }
    }

    @Test(arguments: [("absent", 66), (".", 66), ("file", 66), ("link", 66)])
    func `a folder without a status is refused`(folder: String, code: Int32) async throws {
      let place = try TemporaryFolder()
      try Data("a file".utf8).write(to: place.url.appending(path: "file"))
      symlink("nowhere", place.url.appending(path: "link").path)
      let result = try await Program.run(["status", folder], in: place.url)
      #expect(result.status == code, "\(result)")
      #expect(result.errors.contains("there is no \(folder)/status.json"), "\(result)")
    }
  }
}
