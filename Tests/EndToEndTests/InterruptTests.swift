import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Interrupts") struct InterruptTests {
    /// A job that would take minutes.
    private static let long = [
      "--num-samples", "5000", "--steps", "ddim5", "--batch-size", "2", "--threads", "1",
    ]

    private static var saved: Regex<Substring> {
      /interrupted: \d+ of 5000 images saved(?:, \d+ in progress lost)?. Run the same command to continue.\n/
    }

    /// Runs a long job and sends a signal once there are images.
    private func interrupted(
      _ folder: JobFolder, ranks: Int?, signal: Int32, toRank: Bool
    ) async throws -> TestProcess.Result {
      try await Program.run(Self.long + ["--out", folder.url.path], ranks: ranks) { process in
        let image = folder.url.appending(path: "images/000003.png").path
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: image) {
          try await Task.sleep(for: .milliseconds(20))
        }
        let receiver = toRank ? Processes.children(of: process).last : process
        kill(try #require(receiver), signal)
      }
    }

    /// Checks that the folder is consistent: no temporary files, and a line for each image.
    private func expectWhole(_ folder: JobFolder) throws {
      let names = try folder.files.keys.filter { $0.hasPrefix("images/") && $0.hasSuffix(".png") }
      #expect((1..<5000).contains(names.count))
      #expect(
        try Set(folder.files.keys).subtracting(["contact-sheet.png"])
          == Set(names).union([
            "images/metadata.jsonl", "index.html", "job.json", "status.json", "timeline.svg",
          ]))
      let page = try String(contentsOf: folder.url.appending(path: "index.html"), encoding: .utf8)
      #expect(
        page.contains("Incomplete: \(names.count) of 5,000 images exist. Run the same command"))
      let lines = try folder.metadata
      #expect(Set(lines.map { "images/\($0.fileName)" }) == Set(names))
      for line in lines {
        #expect(try folder.text(ofImage: line.fileName)["seed"] == "\(line.seed)")
      }
      #expect(try folder.record["imageCount"] as? Int == 5000)
    }

    @Test(arguments: [(nil, SIGINT), (nil, SIGTERM), (3, SIGINT), (3, SIGTERM)])
    func `a signal ends a job with exit code 75, complete files and one message`(
      ranks: Int?, signal: Int32
    ) async throws {
      let folder = try JobFolder()
      let result = try await interrupted(
        folder, ranks: ranks, signal: signal, toRank: ranks != nil)
      #expect(result.status == 75, "\(result)")
      #expect(!result.timedOut)
      #expect(result.errors.matches(of: Self.saved).count == 1, "\(result)")
      #expect(result.errors.components(separatedBy: "finishing").count <= 2, "\(result)")
      try expectWhole(folder)
    }

    private func wait(
      _ description: String, until isReached: () throws -> Bool
    ) async throws {
      for _ in 0..<6000 {
        if try isReached() { return }
        try await Task.sleep(for: .milliseconds(10))
      }
      throw TestSetupError("waited in vain until \(description)")
    }

    @Test(arguments: [nil, 2])
    func `one Ctrl-C finishes the batch in progress, and says so`(ranks: Int?) async throws {
      let folder = try JobFolder()
      let options = ["--num-samples", "200", "--batch-size", "4", "--painting", "200"]
      let result = try await Program.run(options + ["--out", folder.url.path], ranks: ranks) {
        process in
        try await wait("the first batch is there") {
          FileManager.default.fileExists(
            atPath: folder.url.appending(path: "images/000003.png").path)
        }
        kill(ranks == nil ? process : try #require(Processes.children(of: process).last), SIGINT)
      }
      #expect(result.status == 75, "\(result)")
      #expect(
        result.errors.contains(
          /interrupted: finishing \d+ (of \d+ )?images in progress, about \d+ s; press Ctrl-C again/
        ),
        "\(result)")
      let count = try folder.metadata.count
      #expect(count >= 8 && count % 4 == 0, "\(result)")
      #expect(result.errors.contains("interrupted: \(count) of 200 images saved. "), "\(result)")
      let status = try await Program.run(["status", folder.url.path])
      #expect(status.output.hasPrefix("state       interrupted, "), "\(status)")
    }

    @Test
    func `a second Ctrl-C ends a job immediately`() async throws {
      let folder = try JobFolder()
      let options = ["--num-samples", "200", "--batch-size", "4", "--painting", "2000"]
      let result = try await Program.run(options + ["--out", folder.url.path]) { process in
        let status = folder.url.appending(path: "status.json")
        func holds(_ text: String) -> Bool {
          (try? String(contentsOf: status, encoding: .utf8).contains(text)) ?? false
        }
        // The rate is known once two of the four images have been painted.
        try await wait("the pace is known") { holds("images_per_second") }
        kill(process, SIGINT)
        try await wait("the batch is being finished") { holds("draining") }
        try await Task.sleep(for: .milliseconds(200))
        kill(process, SIGINT)
      }
      #expect(result.status == 75, "\(result)")
      // Images are saved as they are finished. On a busy machine, the first batch may be finished
      // before a signal.
      #expect(
        result.errors.contains(/interrupted: finishing [1-4] images? in progress,/), "\(result)")
      #expect(
        result.errors.contains(
          /interrupted: [0-8] of 200 images saved(, [1-4] in progress lost)?\./),
        "\(result)")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal ends a job that waits for its folder`(signal: Int32) async throws {
      let folder = try JobFolder()
      let first = Self.long + ["--painting", "50", "--out", folder.url.path]
      _ = try await Program.run(first) { process in
        try await wait("the folder is in use") {
          FileManager.default.fileExists(atPath: folder.url.appending(path: "images").path)
        }
        let terminal = try PseudoTerminal(columns: 80)
        let second = try await Program.run(first, terminal: terminal) { process in
          try await wait("the second job waits") { terminal.text.contains("waiting up to 15 s") }
          kill(process, signal)
        }
        #expect(second.status == 75, "\(second)")
        #expect(terminal.text.contains("interrupted. Run the same command to continue."))
        kill(process, SIGTERM)
      }
    }

    /// mpirun then ends with its own exit code.
    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal to mpirun leaves complete files and no running rank`(signal: Int32) async throws
    {
      let folder = try JobFolder()
      let result = try await interrupted(folder, ranks: 3, signal: signal, toRank: false)
      #expect(result.status != 0, "\(result)")
      #expect(!result.timedOut)
      #expect(result.errors.contains("interrupted: "), "\(result)")
      try expectWhole(folder)
      #expect(try Processes.naming(folder.url.path).isEmpty)
    }

    @Test
    func `a folder that a signal left without images accepts any job`() async throws {
      let folder = try JobFolder()
      let result = try await Program.run(
        Self.long + ["--steps", "1000", "--sampler", "ddpm", "--out", folder.url.path]
      ) { process in
        let images = folder.url.appending(path: "images").path
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: images) {
          try await Task.sleep(for: .milliseconds(20))
        }
        kill(process, SIGTERM)
      }
      #expect(result.status == 75, "\(result)")
      #expect(result.errors.contains("interrupted: 0 of 5000 images"), "\(result)")
      #expect(
        try Set(folder.files.keys) == ["images/metadata.jsonl", "job.json", "status.json"])
      let again = try await Program.run(Program.quick + ["--out", folder.url.path])
      #expect(again.status == 0, "\(again)")
    }
  }
}
