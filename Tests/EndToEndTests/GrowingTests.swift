import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Growing a job") struct GrowingTests {
    static let forms = [
      "--layout flat --npz", "--layout subdirs --write ranks", "--layout classes",
      "--format tar --shard-size 4 --npz", "--format tar --shard-size 100",
    ].map { $0.split(separator: " ").map(String.init) }

    private static func painted(_ count: Int, _ form: [String] = []) -> [String] {
      ["--num-samples", "\(count)", "--painting", "1", "--batch-size", "2"] + form
    }

    private func grow(_ folder: JobFolder, _ arguments: [String], ranks: Int? = nil) async throws
      -> TestProcess.Result
    {
      try await Program.run(arguments + ["--out", folder.url.path], ranks: ranks)
    }

    @Test(arguments: forms)
    func `a job that grew twice has the bytes of a job of the final size`(form: [String])
      async throws
    {
      let expected = try await JobFolder.made(Self.painted(23, form))
      for ranks in [nil, 3] {
        let job = try await JobFolder.made(Self.painted(5, form), ranks: ranks)
        let second = try await grow(job, Self.painted(10, form), ranks: ranks)
        #expect(second.status == 0, "\(second)")
        #expect(
          second.errors.contains("growing from 5 images: 5 of 10 images already exist"), "\(second)"
        )
        let third = try await grow(job, Self.painted(23, form), ranks: ranks)
        #expect(third.status == 0 && third.output.hasPrefix("13 images in "), "\(third)")
        #expect(try job.results == expected.results)
        #expect(try job.settings == expected.settings)
        #expect((try job.record["continued"] as? [String])?.count == 2)
        #expect(try await Program.run(["verify", job.url.path]).status == 0)
      }
    }

    @Test
    func `sampled images stay as they are when --per-class grows`() async throws {
      let options = ["--steps", "ddim5", "--batch-size", "2", "--classes", "0-2", "--trajectory"]
      let expected = try await JobFolder.made(options + ["2", "--per-class", "3"])
      let job = try await JobFolder.made(options + ["1", "--per-class", "1"])
      let grown = try await grow(job, options + ["2", "--per-class", "3"], ranks: 2)
      #expect(grown.status == 0, "\(grown)")
      #expect(try job.results == expected.results)
      #expect(try job.settings == expected.settings)
    }

    @Test
    func `a job grows and gets new class names at once`() async throws {
      let names = try TemporaryFolder().url.path + "-names.txt"
      defer { try? FileManager.default.removeItem(atPath: names) }
      try Data("abcdefghij".map { "\($0)\n" }.joined().utf8).write(to: URL(filePath: names))
      let form = ["--format", "tar", "--shard-size", "4", "--class-names", names]
      let expected = try await JobFolder.made(Self.painted(10, form))
      let job = try await JobFolder.made(Self.painted(5, form.dropLast(2)))
      let grown = try await grow(job, Self.painted(10, form))
      #expect(grown.status == 0 && grown.output.hasPrefix("5 images in "), "\(grown)")
      #expect(try job.results == expected.results)
    }

    @Test
    func `a file of labels grows by lines at its end`() async throws {
      let job = try JobFolder()
      let file = job.url.deletingLastPathComponent().appending(path: "labels.txt")
      let options = ["--labels-file", file.path, "--painting", "1"]
      for lines in ["3\n1\n", "3\n1\n4\n1\n5\n"] {
        try Data(lines.utf8).write(to: file)
        let result = try await grow(job, options)
        #expect(result.status == 0, "\(result)")
        // A job that is killed while it grows may leave the longer list next to the old job.json.
        try Data("label,seed\n3,0\n1,1\n4,2\n1,3\n5,4\n".utf8).write(
          to: job.url.appending(path: "labels.csv"))
        let verified = try await Program.run(["verify", job.url.path])
        #expect(verified.status == 0, "\(verified)")
      }
      let expected = try await JobFolder.made(options)
      #expect(try job.results == expected.results)
      #expect(try job.settings == expected.settings)
    }

    /// The process is killed at random moments.
    @Test(arguments: forms)
    func `a job that is killed while it grows loses nothing`(form: [String]) async throws {
      let (small, large) = (Self.painted(5, form), Self.painted(60, form))
      let expected = try await JobFolder.made(large)
      let job = try await JobFolder.made(small)
      for milliseconds in [60, 120, 250, 400] {
        _ = try await Program.run(large + ["--painting", "20", "--out", job.url.path]) { process in
          try await Task.sleep(for: .milliseconds(milliseconds))
          Processes.killAll(process)
        }
        let status = try await Program.run(["status", job.url.path])
        let count = try job.record["imageCount"] as? Int
        #expect(count == 5 || status.status == 75, "\(status)")
      }
      let result = try await grow(job, large, ranks: 2)
      #expect(result.status == 0, "\(result)")
      #expect(try job.results == expected.results)
      #expect(try job.settings == expected.settings)
    }

    @Test
    func `plan says that a job will grow`() async throws {
      let job = try await JobFolder.made(Self.painted(5))
      let before = try job.files
      let result = try await Program.run(
        ["plan", "--no-timing", "--out", job.url.path] + Self.painted(12))
      #expect(
        result.output.contains("will grow: 5 of 12 images already exist, 7 to be generated"),
        "\(result)")
      #expect(try job.files == before)
    }

    @Test(arguments: ["shuffled", "grouped"])
    func `orders that depend on the number of images are refused with a reason`(order: String)
      async throws
    {
      let options = ["--painting", "1", "--order", order]
      let job = try await JobFolder.made(options + ["--per-class", "2"])
      let before = try job.files
      let result = try await grow(job, options + ["--per-class", "3"])
      #expect(result.status == 64, "\(result)")
      let reason = "the number of images is 30, was 20, and with --order \(order) the labels"
      #expect(result.errors.contains(reason) && result.errors.contains("--seeds"), "\(result)")
      #expect(try job.files == before)
    }
  }
}
