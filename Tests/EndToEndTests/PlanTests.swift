import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("diffuse-mpi plan, and JSON") struct PlanTests {
    private func plan(_ arguments: [String]) async throws -> TestProcess.Result {
      let result = try await Program.run(["plan"] + arguments)
      #expect(result.status == 0, "\(result)")
      return result
    }

    private func object(_ result: TestProcess.Result) throws -> [String: Any] {
      let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      return try #require(json as? [String: Any])
    }

    private func part(_ name: String, of object: [String: Any]) throws -> [String: Any] {
      try #require(object[name] as? [String: Any])
    }

    private func state(_ arguments: [String], _ folder: JobFolder) async throws -> String {
      let result = try await plan(["--no-timing", "--out", folder.url.path] + arguments)
      let line = result.output.split(separator: "\n").first { $0.hasPrefix("state") }
      return String(try #require(line).dropFirst(11))
    }

    @Test
    func `plan shows what the folder contains and what a job would do, and changes nothing`()
      async throws
    {
      let folder = try JobFolder()
      #expect(
        try await state(Program.quick, folder) == "new: the folder is empty or does not exist")
      let job = try await JobFolder.made(Program.quick)
      #expect(try await state(Program.quick, job) == "complete: all 5 images exist")
      try FileManager.default.removeItem(at: job.url.appending(path: "images/000003.png"))
      try Data("cut".utf8).write(to: job.url.appending(path: "images/000001.png"))
      let before = try job.files
      #expect(
        try await state(Program.quick, job)
          == "will be resumed: 3 of 5 images already exist, 2 to be generated")
      let refused = try await state(Program.quick + ["--precision", "f32", "--eta", "0.5"], job)
      #expect(refused.hasPrefix("will be refused: the folder holds 3 images"))
      #expect(refused.contains("--eta is 0.5"))
      #expect(
        try await state(["--overwrite"], job) == "new: --overwrite will remove 3 existing images")
      #expect(try job.files == before)
    }

    @Test(arguments: ["taken", "unexplained", "names.txt"])
    func `plan says that a folder with unexplained images will be refused, as sample does`(
      folder: String
    ) async throws {
      let place = try BadFiles.folder().appending(path: folder)
      let result = try object(
        await plan(["--no-timing", "--json", "--out", place.path] + Program.quick))
      let found = try part("folder", of: result)
      #expect(found["state"] as? String == "refused")
      let reasons = try #require(found["refused_because"] as? [String])
      let sample = try await Program.run(Program.quick + ["--out", place.path])
      #expect(sample.status != 0 && sample.errors.contains(reasons[0]), "\(reasons) \(sample)")
    }

    @Test
    func `plan names the files of the images`() async throws {
      let classes = try await plan(["--no-timing", "--layout", "classes"] + Program.quick)
      #expect(classes.output.contains("  3/000003.png  seed 3  label 3 (dress)"))
      let subdirs = try await plan(
        ["--no-timing", "--layout", "subdirs", "--seeds", "0-1999"])
      #expect(subdirs.output.contains("  001/001999.png  seed 1999"))
    }

    @Test
    func `plan times a few steps and estimates the whole job from them`() async throws {
      let folder = try JobFolder()
      let arguments = Program.quick + ["--json", "--threads", "1", "--out", folder.url.path]
      let one = try part("time", of: object(await plan(arguments)))
      #expect(one["source"] as? String == "measured")
      #expect(try #require(one["timed_steps"] as? Int) > 0)
      let batch = try #require(one["seconds_per_batch"] as? Double)
      #expect(batch > 0)
      // Five images in batches of two take three rounds on one rank, or two on two ranks.
      let seconds = try #require(one["seconds"] as? Double)
      #expect(abs(seconds / batch - 3) < 1e-6)
      let two = try part("time", of: object(await plan(arguments + ["--ranks", "2"])))
      let (rounds, processor) = (
        try #require(two["seconds"] as? Double) / (two["seconds_per_batch"] as? Double ?? 0),
        try #require(two["cpu_seconds"] as? Double) / (two["seconds"] as? Double ?? 0)
      )
      #expect(abs(rounds - 2) < 1e-6 && abs(processor - 2) < 1e-6)
      #expect(try folder.files.isEmpty)
    }

    @Test
    func `without timing, plan takes the speed of the last run or gives none`() async throws {
      let new = try JobFolder()
      let unknown = try await plan(["--no-timing", "--out", new.url.path] + Program.quick)
      #expect(unknown.output.contains("time       not estimated: --no-timing was given"))
      let job = try await JobFolder.made(Program.quick)
      // The status of a run of two ranks at four images per second.
      let status = """
        {"state": "incomplete", "total": 5, "done": 5, "done_before": 0, "held": 0, "given_up": [], \
        "images_per_second": 4, "ranks": {"total": 2, "alive": 2, "lost": []}}
        """
      try Data(status.utf8).write(to: job.url.appending(path: "status.json"))
      let threads = try #require(job.record["threads"] as? [Int])
      let time = try part(
        "time",
        of: object(
          await plan(
            ["--no-timing", "--json", "--threads", "1", "--out", job.url.path] + Program.quick)))
      #expect(time["source"] as? String == "last_run")
      // A batch has two images, and a thread generates 4 / (2 × threads) images per second.
      #expect(time["seconds_per_batch"] as? Double == Double(threads[0]))
    }

    @Test
    func `plan --json has the facts of the text`() async throws {
      let result = try await plan(["--no-timing", "--json", "--ranks", "3"] + Program.quick)
      let plan = try object(result)
      #expect(
        plan.keys.sorted() == [
          "classifier", "disk", "folder", "format", "images", "launch", "memory", "model",
          "plan_hash",
          "ranks", "sampling", "settings_hash", "warnings", "weights", "work",
        ])
      let work = try part("work", of: plan)
      #expect(work["batches"] as? Int == 3 && work["network_evaluations"] as? Int == 15)
      #expect(work["classifier_evaluations"] as? Int == 15)
      let sampling = try part("sampling", of: plan)
      #expect(sampling["timesteps"] as? [Int] == [800, 600, 400, 200, 0])
      #expect(try part("ranks", of: plan)["count"] as? Int == 3)
      let disk = try part("disk", of: plan)
      #expect(try #require(disk["free_bytes"] as? Int) > 0)
    }

    @Test
    func `status and verify print the same facts as JSON, with the same exit codes`() async throws {
      let job = try await JobFolder.made(Program.quick)
      let status = try await Program.run(["status", "--json", job.url.path])
      #expect(status.status == 0)
      let told = try object(status)
      #expect(told["state"] as? String == "complete" && told["done"] as? Int == 5)
      #expect(told["has_died"] as? Bool == false && told["exit_code"] as? Int == 0)
      #expect(try #require(told["age_seconds"] as? Double) >= 0)

      let whole = try await Program.run(["verify", "--json", job.url.path])
      #expect(whole.status == 0)
      #expect(try object(whole)["correct_images"] as? Int == 5)
      #expect((try object(whole)["findings"] as? [Any])?.isEmpty == true)
      try FileManager.default.removeItem(at: job.url.appending(path: "images/000003.png"))
      let partial = try await Program.run(["verify", "--json", job.url.path])
      #expect(partial.status == 75)
      let findings = try #require(object(partial)["findings"] as? [[String: Any]])
      #expect(findings.count == 1 && findings[0]["kind"] as? String == "missing")
      #expect(findings[0]["count"] as? Int == 1)
      #expect(findings[0]["examples"] as? [String] == ["000003.png"])
      #expect(try object(partial)["exit_code"] as? Int == 75)
    }

    @Test
    func `inspect --json describes bundled networks, and the flags that a file still needs`()
      async throws
    {
      let bundled = try object(await Program.run(["inspect", "--json", "fashion-mnist"]))
      let files = try #require(bundled["files"] as? [[String: Any]])
      #expect(files.map { $0["tensor_count"] as? Int } == [199, 147])
      let networks = files.map { $0["network"] as? [String: Any] }
      #expect(networks.map { $0?["kind"] as? String } == ["unet", "classifier"])
      #expect(networks.map { $0?["image_side_pixels"] as? Int } == [32, 32])

      let result = try await Program.run(["inspect", "--json", "--tensors", Bundled.unet.path])
      #expect(result.status == 0)
      let file = try #require((object(result)["files"] as? [[String: Any]])?.first)
      #expect((file["needed"] as? String)?.contains("--model-flags") == true)
      #expect((file["tensors"] as? [[String: Any]])?.count == 199)
      #expect(file["network"] == nil)
    }

    @Test(
      arguments: [
        (["plan", "--json", "--model", "absent.pt"], 66), (["status", "--json", "absent"], 66),
        (["verify", "--json", "absent"], 66), (["inspect", "--json", "absent.pt"], 66),
        (["plan", "--ranks", "0"], 64),
      ] as [([String], Int32)])
    func `errors go to standard error, and nothing to standard output`(
      arguments: [String], status: Int32
    ) async throws {
      let place = try TemporaryFolder()
      let result = try await Program.run(arguments, in: place.url)
      #expect(result.status == status && result.output.isEmpty, "\(result)")
      #expect(result.errors.hasPrefix("error: "), "\(result)")
    }
  }

  @Suite("Warnings at the start") struct StartWarningTests {
    private func warnings(
      _ arguments: [String], ranks: Int?, launcherOptions: [String] = []
    ) async throws -> [String] {
      let folder = try JobFolder()
      let program = try BuiltProgram.url("diffuse-mpi")
      let command = ["--painting", "0", "--out", folder.url.path] + arguments
      let result =
        if let ranks {
          try await TestProcess.mpirun(
            ranks: ranks, program, command, launcherOptions: launcherOptions,
            timeout: .seconds(300))
        } else {
          try await TestProcess.run(program, command, timeout: .seconds(300))
        }
      #expect(result.status == 0, "\(result)")
      return result.errors.split(separator: "\n").map(String.init)
        .filter { $0.hasPrefix("warning: ") && !$0.contains("HOME") }
    }

    private static let processors = ProcessInfo.processInfo.activeProcessorCount

    @Test
    func `a job that can use all CPUs gets no warning`() async throws {
      #expect(try await warnings(["--num-samples", "4"], ranks: nil) == [])
      #expect(try await warnings(["--num-samples", "4"], ranks: 1) == [])
    }

    @Test
    func `one warning counts the ranks without a batch`() async throws {
      let told = try await warnings(["--num-samples", "4"], ranks: 2)
        .filter { $0.contains("will be idle") }
      #expect(
        told == [
          "warning: 1 of 2 ranks will be idle: 4 images make 1 batch of up to 10; --batch-size 2 "
            + "would use all of them"
        ])
    }

    @Test(.enabled(if: processors > 1))
    func `a rank that mpirun bound to one of several CPUs gets a warning with the remedy`()
      async throws
    {
      let told = try await warnings(
        ["--num-samples", "4"], ranks: 1, launcherOptions: ["--bind-to", "hwthread"])
      #expect(told.count == 1 && told[0].contains("add --bind-to none"), "\(told)")
    }

    @Test
    func `one warning reports more threads than CPUs`() async throws {
      let told = try await warnings(
        ["--num-samples", "4", "--threads", "\(4 * Self.processors)"], ranks: nil)
      #expect(told.count == 1 && told[0].contains("leave it out"), "\(told)")
    }
  }
}
