import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Slices") struct SlicesTests {
    static let forms = [
      "--layout flat --npz", "--layout subdirs --write ranks", "--layout classes --grayscale",
      "--format tar --shard-size 4 --npz",
    ].map { $0.split(separator: " ").map(String.init) }

    private static func painted(_ count: Int, _ form: [String] = []) -> [String] {
      ["--num-samples", "\(count)", "--painting", "1", "--batch-size", "2"] + form
    }

    private func run(_ arguments: [String], _ folder: JobFolder, ranks: Int? = nil) async throws
      -> TestProcess.Result
    {
      try await Program.run(arguments + ["--out", folder.url.path], ranks: ranks)
    }

    /// Makes slices, which must succeed.
    private func make(
      _ arguments: [String], slices: some Sequence<Int>, of count: Int, in folder: JobFolder,
      ranks: Int? = nil
    ) async throws {
      for number in slices {
        let result = try await run(
          arguments + ["--slice", "\(number)/\(count)"], folder, ranks: ranks)
        #expect(result.status == 0, "\(result)")
      }
    }

    private func expectMerged(_ job: JobFolder, as expected: JobFolder) async throws {
      #expect(try job.results == expected.results)
      #expect(try job.settings == expected.settings)
      for command in ["verify", "status"] {
        let result = try await Program.run([command, job.url.path])
        #expect(result.status == 0, "\(result)")
      }
    }

    @Test(arguments: forms)
    func `slices merged in place have the bytes of one job, and grow like it`(form: [String])
      async throws
    {
      let expected = try await JobFolder.made(Self.painted(14, form))
      for ranks in [nil, 3] {
        let job = try JobFolder()
        try await make(Self.painted(14, form), slices: 1...3, of: 3, in: job, ranks: ranks)
        let merged = try await Program.run(["merge", job.url.path])
        #expect(merged.status == 0, "\(merged)")
        #expect(merged.output.hasPrefix("3 slices merged: 14 images\n"), "\(merged)")
        try await expectMerged(job, as: expected)
        let command = try #require(job.record["commandLine"] as? [String])
        #expect(!command.contains("--slice") && !command.contains("1/3"), "\(command)")
        let again = try await Program.run(["merge", job.url.path])
        #expect(again.output.hasPrefix("all 14 images exist; there are no slices to merge"))
        let complete = try await run(Self.painted(14, form), job)
        #expect(complete.output.hasPrefix("all 14 images already exist"), "\(complete)")
        let grown = try await run(Self.painted(19, form), job, ranks: ranks)
        #expect(grown.status == 0 && grown.output.hasPrefix("5 images in"), "\(grown)")
        #expect(try await job.results == JobFolder.made(Self.painted(19, form)).results)
      }
    }

    @Test
    func `slices that start at the same time share a folder`() async throws {
      let expected = try await JobFolder.made(Self.painted(24))
      let job = try JobFolder()
      try await withThrowingTaskGroup(of: TestProcess.Result.self) { group in
        for number in 1...6 {
          group.addTask { try await run(Self.painted(24) + ["--slice", "\(number)/6"], job) }
        }
        for try await result in group { #expect(result.status == 0, "\(result)") }
      }
      #expect(try await Program.run(["merge", job.url.path]).status == 0)
      try await expectMerged(job, as: expected)
    }

    @Test
    func `sampled slices with trajectories and labels from a file are merged`() async throws {
      let labels = try TemporaryFolder().url.path + "-labels.csv"
      defer { try? FileManager.default.removeItem(atPath: labels) }
      try Data("label,seed\n3,9\n1,8\n4,7\n1,6\n5,5\n".utf8).write(to: URL(filePath: labels))
      let options = [
        "--labels-file", labels, "--steps", "ddim5", "--batch-size", "2", "--trajectory", "4,",
      ]
      let expected = try await JobFolder.made(options)
      let job = try JobFolder()
      try await make(options, slices: [2, 1], of: 2, in: job, ranks: 2)
      #expect(try await Program.run(["merge", job.url.path]).status == 0)
      try await expectMerged(job, as: expected)
    }

    @Test
    func `a merge that was killed while it removed slices continues`() async throws {
      let labels = try TemporaryFolder().url.path + "-labels.csv"
      defer { try? FileManager.default.removeItem(atPath: labels) }
      try Data("3\n1\n4\n1\n5\n".utf8).write(to: URL(filePath: labels))
      let (command, manager) = (["--labels-file", labels, "--painting", "1"], FileManager.default)
      let (slices, job) = (try JobFolder(), try JobFolder())
      try await make(command, slices: 1...2, of: 2, in: slices)
      #expect(try await run(["merge", slices.url.path], job).status == 0)
      let folder = job.url.appending(path: "slices")
      try manager.copyItem(at: slices.url.appending(path: "slices"), to: folder)
      // Everything of the first slice was placed, and some of its files were removed.
      for name in ["1-of-2/labels.csv", "1-of-2/images", "2-of-2/labels.csv"] {
        try manager.removeItem(at: folder.appending(path: name))
      }
      try manager.removeItem(at: job.url.appending(path: "images/000004.png"))
      for command in ["status", "verify"] {
        let result = try await Program.run([command, job.url.path])
        #expect(result.status == 75 && result.output.contains("not merged completely"), "\(result)")
      }
      let merged = try await Program.run(["merge", job.url.path])
      #expect(merged.status == 0, "\(merged)")
      try await expectMerged(job, as: JobFolder.made(command))
    }

    @Test(arguments: [true, false])
    func `slices of several folders are merged to another one`(moves: Bool) async throws {
      let expected = try await JobFolder.made(Self.painted(14, Self.forms[3]))
      let (one, other, merged) = (try JobFolder(), try JobFolder(), try JobFolder())
      try await make(Self.painted(14, Self.forms[3]), slices: [1, 3], of: 3, in: one)
      try await make(Self.painted(14, Self.forms[3]), slices: [2], of: 3, in: other)
      let before = (try one.files, try other.files)
      let result = try await run(
        ["merge", one.url.path, other.url.appending(path: "slices/2-of-3").path]
          + (moves ? ["--move"] : []), merged)
      #expect(result.status == 0, "\(result)")
      try await expectMerged(merged, as: expected)
      #expect(try one.files == (moves ? [:] : before.0))
      #expect(try other.files == (moves ? [:] : before.1))
    }

    @Test
    func `an incomplete slice is resumed, and merge, status and verify say what is missing`()
      async throws
    {
      let job = try JobFolder()
      let (command, place) = (Self.painted(30), job.url.path)
      try await make(command, slices: [1, 3], of: 3, in: job)
      try FileManager.default.removeItem(
        at: job.url.appending(path: "slices/3-of-3/images/000025.png"))
      let before = try job.files
      let merge = try await Program.run(["merge", place])
      #expect(merge.status == 75, "\(merge)")
      #expect(
        merge.errors.contains(
          "2 of 3 slices are incomplete: slice 2 has no images, slice 3 has 9 of 10 images. Run the "
            + "same command with --slice 2/3 and so on, then merge again"), "\(merge)")
      let verify = try await Program.run(["verify", place])
      #expect(verify.status == 75, "\(verify)")
      #expect(
        verify.output.contains("1 of 3 slices are complete and correct\n")
          && verify.output.contains("slices/3-of-3: 9 of 10 images exist")
          && verify.output.contains("slice 2 does not exist; run the same command with --slice 2/3"),
        "\(verify)")
      let status = try await Program.run(["status", place])
      #expect(status.status == 75, "\(status)")
      #expect(status.output.contains("state        2 of 3 slices complete, 1 not started\n"))
      #expect(status.output.contains("images       20 of 30\n"), "\(status)")
      #expect(status.output.contains("not started  slice 2"), "\(status)")
      #expect(try job.files == before)
      try await make(command, slices: [2, 3], of: 3, in: job)
      let complete = try await Program.run(["status", place])
      #expect(complete.status == 0, "\(complete)")
      #expect(complete.output.contains("all 3 slices complete. Run diffuse-mpi merge \(place)"))
      let verified = try await Program.run(["verify", place])
      #expect(verified.output == "\(place): all 3 slices complete and correct, 30 images\n")
      #expect(try await Program.run(["merge", place]).status == 0)
      #expect(try await job.results == JobFolder.made(command).results)
    }

    @Test
    func `status, verify and plan print the slices as JSON`() async throws {
      let job = try JobFolder()
      try await make(Self.painted(10), slices: [2], of: 3, in: job)
      func object(_ command: [String], status: Int32) async throws -> [String: Any] {
        let result = try await Program.run(command + ["--json"])
        #expect(result.status == status, "\(result)")
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return try #require(json as? [String: Any])
      }
      let found = try await object(["status", job.url.path], status: 75)
      #expect(found["slices"] as? Int == 3 && found["done"] as? Int == 3)
      #expect(found["total"] as? Int == 10 && found["exit_code"] as? Int == 75)
      let parts = try #require(found["parts"] as? [[String: Any]])
      #expect(parts.map { $0["state"] as? String } == ["not_started", "complete", "not_started"])
      #expect(parts.map { $0["first_image"] as? Int } == [0, 3, 6])
      let verified = try await object(["verify", job.url.path], status: 75)
      #expect(verified["missing_slices"] as? [String] == ["1/3", "3/3"])
      #expect(verified["correct_images"] as? Int == 3)
      let slice = ["--slice", "2/3", "--out", job.url.path]
      let plan = try await object(
        ["plan", "--no-timing"] + Self.painted(10) + slice, status: 0)
      let (images, folder) = (plan["images"] as? [String: Any], plan["folder"] as? [String: Any])
      #expect(images?["slice"] as? String == "2/3" && images?["first_image"] as? Int == 3)
      #expect(folder?["state"] as? String == "complete")
      #expect(folder?["path"] as? String == job.url.path + "/slices/2-of-3")
    }

    @Test
    func `the texts of a slice say which images it makes`() async throws {
      let job = try JobFolder()
      let result = try await run(Self.painted(10) + ["--slice", "2/3"], job)
      #expect(result.errors.contains("3 images (slice 2 of 3: images 3–5), "), "\(result)")
      #expect(result.output.contains("\nslice:         2 of 3: images 3–5\n"), "\(result)")
      let folder = JobFolder(url: job.url.appending(path: "slices/2-of-3"))
      #expect(try folder.record["slice"] as? String == "2/3")
      #expect(try folder.metadata.map(\.fileName) == (3...5).map { "00000\($0).png" })
      let status = try await Program.run(["status", folder.url.path])
      #expect(status.output.contains("slice       2 of 3: images 3–5\n"), "\(status)")
      let plan = try await Program.run(
        ["plan", "--no-timing", "--slice", "3/3", "--out", job.url.path] + Self.painted(10))
      #expect(plan.output.contains("slice      3 of 3: images 6–9\n"), "\(plan)")
    }

    @Test
    func `a slice without a shard has nothing to do, and merge does not need it`() async throws {
      let (job, command) = (try JobFolder(), Self.painted(10, Self.forms[3]))
      try await make(command, slices: 1...5, of: 5, in: job, ranks: 2)
      let empty = try await run(command + ["--slice", "1/5"], job)
      #expect(
        empty.output.hasPrefix(
          "slice 1 of 5: no images, because there are only 3 shards; nothing to do"), "\(empty)")
      #expect(try await Program.run(["status", job.url.path]).status == 0)
      #expect(try await Program.run(["verify", job.url.path]).status == 0)
      #expect(try await Program.run(["merge", job.url.path]).status == 0)
      try await expectMerged(job, as: JobFolder.made(command))
    }

    @Test
    func `slices and jobs that do not belong together are refused, and nothing changes`()
      async throws
    {
      let job = try JobFolder()
      let slice = ["--slice", "1/2"]
      try await make(Self.painted(6), slices: [2], of: 2, in: job)
      let before = try job.files
      for (arguments, says) in [
        (Self.painted(6) + ["--eta", "0.5"] + slice, "--eta is 0.5, was 1.0"),
        (Self.painted(8) + slice, "the number of images is 8, was 6"),
        (Self.painted(6) + ["--npz"] + slice, "--npz is on, was off"),
        (Self.painted(6) + ["--class-names", "none"] + slice, "--class-names differs"),
        (Self.painted(6) + ["--slice", "1/3"], "holds slices of 2"),
        (Self.painted(6), "holds slices of a job"),
        (Self.painted(6) + ["--slice", "3/2"], "--slice is 3/2; write the number"),
      ] {
        let result = try await run(arguments, job)
        #expect(result.status == 64 && result.errors.contains(says), "\(result)")
        #expect(try job.files == before)
      }
      let whole = try await JobFolder.made(Self.painted(6))
      let refused = try await run(Self.painted(6) + slice, whole)
      #expect(refused.status == 64 && refused.errors.contains("holds a whole job"), "\(refused)")
      let other = try JobFolder()
      try await make(Self.painted(6, ["--layout", "classes"]), slices: [1], of: 2, in: other)
      let merge = try await run(["merge", job.url.path, other.url.path], try JobFolder())
      #expect(merge.status == 64, "\(merge)")
      #expect(merge.errors.contains("does not belong to the same job"), "\(merge)")
      let twice = try await run(["merge", job.url.path, job.url.path], try JobFolder())
      #expect(twice.status == 64 && twice.errors.contains("are the same slice"), "\(twice)")
      let none = try await Program.run(["merge", job.url.path + "/none"])
      #expect(none.status == 66 && none.errors.contains("there are no slices"), "\(none)")
    }

    @Test
    func `a damaged slice is refused`() async throws {
      let job = try JobFolder()
      try await make(Self.painted(6), slices: 1...2, of: 2, in: job)
      let file = job.url.appending(path: "slices/2-of-2/job.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      for bad in [
        "{}", text.replacing(#""slice" : "2/2""#, with: #""slice" : "1/2""#),
        text.replacing(#""imageCount" : 3"#, with: #""imageCount" : 2"#),
      ] {
        #expect(bad != text)
        try Data(bad.utf8).write(to: file)
        let merge = try await Program.run(["merge", job.url.path])
        #expect(merge.status == 65 && merge.errors.contains("job.json is damaged"), "\(merge)")
      }
      try Data(text.utf8).write(to: file)
      let foreign = job.url.appending(path: "slices/2-of-2/images/000000.png")
      try Data("x".utf8).write(to: foreign)
      let merge = try await Program.run(["merge", job.url.path])
      #expect(merge.status == 65 && merge.errors.contains("images/000000.png is not an image of"))
      try FileManager.default.removeItem(at: foreign)
      #expect(try await Program.run(["merge", job.url.path]).status == 0)
    }

    @Test(arguments: [forms[0], forms[3]])
    func `a merge that is killed again and again loses nothing`(form: [String]) async throws {
      let (job, command) = (try JobFolder(), Self.painted(300, form) + ["--painting", "0"])
      try await make(command, slices: 1...4, of: 4, in: job)
      for milliseconds in stride(from: 10, through: 90, by: 5) {
        let killed = try await Program.run(["merge", job.url.path]) { process in
          try await Task.sleep(for: .milliseconds(milliseconds))
          kill(process, SIGKILL)
        }
        guard killed.status != 0 else { break }
        let status = try await Program.run(["status", job.url.path])
        let files = try job.files.keys
        if files.contains("job.json"), files.contains(where: { $0.hasSuffix("-of-4/job.json") }) {
          #expect(status.status == 75, "\(status)")
          let slice = try await run(command + ["--slice", "1/4"], job)
          #expect(slice.status == 64 && slice.errors.contains("diffuse-mpi merge"), "\(slice)")
        }
      }
      let merged = try await Program.run(["merge", job.url.path])
      #expect(merged.status == 0, "\(merged)")
      try await expectMerged(job, as: JobFolder.made(command))
      let slices = job.url.appending(path: "slices").path
      #expect(!FileManager.default.fileExists(atPath: slices))
    }
  }
}
