import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Going on with a job") struct ResumeTests {
    /// Batches of one image, so that a job can be killed between them, and enough of them that it
    /// does not end before that.
    private static let slow = [
      "--num-samples", "17", "--steps", "ddim5", "--batch-size", "1", "--classes", "0-3",
      "--threads", "1",
    ]
    private static let forms = [
      "--layout flat", "--layout subdirs", "--layout classes", "--format tar --shard-size 4",
      "--layout subdirs --write ranks",
      "--sampler dpmpp-2m --eta 1 --steps 4 --trajectory 3 --guidance-interval 0.1-20",
      "--sampler unipc --solver-order 3 --steps 4 --classifier-scale 0",
      "--sampler heun --steps 3 --churn 8",
    ].map { $0.split(separator: " ").map(String.init) }

    /// Waits until `count` images are in the folder, as separate files or in shards.
    private func wait(for count: Int, in folder: JobFolder) async throws {
      for _ in 0..<6000 {
        if imageCount(folder) >= count { return }
        try await Task.sleep(for: .milliseconds(5))
      }
      throw TestSetupError("there are no \(count) images")
    }

    private func imageCount(_ folder: JobFolder) -> Int {
      // Files may disappear between being listed and being read.
      guard let files = try? folder.files else { return 0 }
      // Each image begins with these bytes, also inside a shard.
      let signature = Data([0x89, 0x50, 0x4E, 0x47])
      return files.filter { $0.key != "contact-sheet.png" }.values.reduce(0) {
        $0 + $1.ranges(of: signature).count
      }
    }

    /// All processes are killed, as by a batch system. If only mpirun were killed, fast ranks might
    /// finish.
    @Test(arguments: forms)
    func `a job that is killed again and again ends with the bytes of an undisturbed one`(
      form: [String]
    ) async throws {
      let arguments = Self.slow + form
      let expected = try await JobFolder.made(arguments)
      for ranks in [nil, 3] { try await kill(arguments, ranks: ranks, expected) }
    }

    private func kill(_ arguments: [String], ranks: Int?, _ expected: JobFolder) async throws {
      let folder = try JobFolder()
      let command = arguments + ["--out", folder.url.path]
      for count in [1, 5, 9] {
        let killed = try await Program.run(command, ranks: ranks) { process in
          try await wait(for: count, in: folder)
          Processes.killAll(process)
        }
        #expect(killed.status != 0)
      }
      // The lock belongs to a process that has ended, or is about to.
      let last = try await Program.run(command, ranks: ranks)
      #expect(last.status == 0, "\(last)")
      #expect(try folder.results == expected.results)
      #expect(try folder.settings == expected.settings)
      #expect((try folder.record["continued"] as? [String])?.isEmpty == false)
    }

    @Test(arguments: [nil, 2])
    func `a complete job says that there is nothing to do`(ranks: Int?) async throws {
      let job = try await JobFolder.made(Program.quick)
      let before = try job.files.filter { $0.key != "status.json" }
      let again = try await Program.run(Program.quick + ["--out", job.url.path], ranks: ranks)
      #expect(again.status == 0, "\(again)")
      #expect(
        again.output.hasPrefix("all 5 images already exist; nothing to do\n"), "\(again)")
      #expect(try job.files.filter { $0.key != "status.json" } == before)
    }

    /// A job that no test changes, generated once.
    private static let untouched = Task {
      // A static value is never released, so its folder would remain.
      atexit { try? FileManager.default.removeItem(at: ResumeTests.folder.get().url) }
      let job = JobFolder(url: try folder.get().url.appending(path: "job"))
      let result = try await Program.run(
        Program.quick + ["--precision", "f32", "--out", job.url.path])
      #expect(result.status == 0, "\(result)")
      return job
    }
    private static let folder = Result { try TemporaryFolder() }

    @Test(arguments: [
      (["--steps", "4"], ["--steps is 4, was ddim5"]),
      (["--eta", "0.5"], ["--eta is 0.5, was 0.0"]),
      (
        ["--sampler", "ddpm", "--steps", "5"],
        ["--sampler is ddpm, was ddim", "--steps is 5, was ddim5"]
      ),
      (["--no-clip-denoised"], ["--clip-denoised is off, was on"]),
      (["--batch-size", "3"], ["--batch-size is 3, was 2"]),
      (["--classifier-scale", "1"], ["--classifier-scale is 1.0, was 2.0"]),
      (["--classifier-scale", "0"], ["--classifier is none, was classifier."]),
      (["--num-samples", "4"], ["the number of images is 4, was 5"]),
      (["--num-samples", "6", "--classes", "1,0"], ["the number of images is 6, was 5, and the"]),
      (["--classes", "3"], ["labels or seeds differ"]),
      (["--layout", "classes"], ["--layout is classes, was flat"]),
      (["--format", "tar"], ["--format is tar, was png"]),
      (["--grayscale"], ["--grayscale is on, was off"]),
    ])
    func `different settings in the folder of a job are a usage error that names each of them`(
      options: [String], says: [String]
    ) async throws {
      let job = try await Self.untouched.value
      let before = try job.files
      // If an option is given twice, the last value counts.
      let result = try await Program.run(
        Program.quick + ["--precision", "f32"] + options + ["--out", job.url.path])
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.components(separatedBy: "error: ").count == 2, "\(result)")
      for part in says + ["--overwrite", job.url.path] {
        #expect(result.errors.contains(part), "\(result)")
      }
      #expect(try job.files == before)
    }

    @Test
    func `--overwrite starts again with other settings, and keeps files that are not the job's`()
      async throws
    {
      let job = try await JobFolder.made(Program.quick)
      try Data("a log".utf8).write(to: job.url.appending(path: "slurm-1.out"))
      let arguments = [
        "--num-samples", "4", "--steps", "ddim4", "--format", "tar", "--shard-size", "3",
      ]
      let result = try await Program.run(
        arguments + ["--overwrite", "--out", job.url.path], ranks: 2)
      #expect(result.status == 0, "\(result)")
      let fresh = try await JobFolder.made(arguments)
      #expect(try job.files["slurm-1.out"] == Data("a log".utf8))
      #expect(try job.results.filter { $0.key != "slurm-1.out" } == fresh.results)
    }

    @Test
    func `--verify finds damage inside an image, and the image is generated again`() async throws {
      let job = try await JobFolder.made(Program.quick)
      let expected = try job.results
      let image = job.url.appending(path: "images/000002.png")
      var bytes = try Data(contentsOf: image)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: image)
      let command = Program.quick + ["--out", job.url.path]
      let result = try await Program.run(command + ["--verify"])
      #expect(result.errors.contains("1 damaged image is generated again"), "\(result)")
      #expect(result.output.hasPrefix("1 image in "), "\(result)")
      #expect(try job.results == expected)
    }

    @Test
    func `a damaged or hostile job.json is refused, and nothing changes`() async throws {
      let job = try await JobFolder.made(Program.quick)
      let file = job.url.appending(path: "job.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let bad = [
        "", "{}", "[1]", String(text.prefix(text.count / 2)), "\u{0}",
        String(repeating: "[", count: 100_000),
        text.replacing(#""seeds" : "0-4""#, with: #""seeds" : "4-0""#),
        text.replacing(#""classes" : "0-9""#, with: #""classes" : """#),
        text.replacing(#""classes" : "0-9""#, with: #""labels" : "1,2""#),
        text.replacing(#""layout" : "flat""#, with: #""layout" : "../..""#),
        text.replacing(#""batchSize" : 2"#, with: #""batchSize" : 3"#),
        text.replacing(#""batchSize" : 2"#, with: #""batchSize" : 1e400"#),
        text.replacing(#""eta" : 0"#, with: #""eta" : 1e39"#),
        text.replacing(#""imageSize" : 32"#, with: #""imageSize" : 1000000000000"#),
        text.replacing(#""imageCount" : 5"#, with: #""imageCount" : -1"#),
        text.replacing(#""shardSize" : 1000"#, with: #""shardSize" : 0"#),
        text.replacing(#""ankle boot""#, with: #""ankle boot", "glove""#),
        text.replacing("\"timesteps\" : [", with: "\"timesteps\" : [ 7,"),
      ]
      #expect(!bad.contains(text))
      for record in bad {
        try Data(record.utf8).write(to: file)
        let before = try job.files
        let result = try await Program.run(Program.quick + ["--out", job.url.path])
        #expect(result.status == 65, "\(record.prefix(40)): \(result)")
        #expect(result.errors.contains("job.json is damaged"), "\(result)")
        #expect(try job.files == before)
      }
    }

    @Test
    func `the names of class folders sort like their labels, as ImageFolder reads them`()
      async throws
    {
      let job = try await JobFolder.made(Program.quick + ["--layout", "classes"])
      let names = try job.metadata.map { ($0.fileName, $0.label) }
      for (index, (name, label)) in names.enumerated() {
        #expect(name == "\(try #require(label))/00000\(index).png")
        #expect(try job.text(ofImage: name)["label"] == "\(try #require(label))")
      }
    }
  }
}
