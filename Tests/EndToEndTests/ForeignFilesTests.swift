import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Files that are not the job's") struct ForeignFilesTests {
    private static let painted = ["--num-samples", "3", "--painting", "1"]

    @Test(
      arguments: [
        "labels.csv", "status.json", "timeline.svg", "contact-sheet.png", "job.json",
        "images/000001.png",
      ], [[], ["--overwrite"]])
    func `files in a folder without a job are neither replaced nor removed`(
      name: String, options: [String]
    ) async throws {
      let folder = try JobFolder()
      let file = folder.url.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: file)
      let result = try await Program.run(Self.painted + options + ["--out", folder.url.path])
      #expect(result.status == (name == "job.json" ? 65 : 73), "\(result)")
      #expect(result.errors.contains(name) && result.errors.contains("choose another --out"))
      #expect(result.errors.components(separatedBy: "error: ").count == 2, "\(result)")
      #expect(try folder.files == [name: Data("mine".utf8)])
    }

    @Test
    func `a labels file in the output folder is not overwritten`() async throws {
      let folder = try JobFolder()
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
      let file = folder.url.appending(path: "labels.csv")
      try Data("# my labels\n3\n4\n".utf8).write(to: file)
      let result = try await Program.run(
        ["--painting", "1", "--labels-file", file.path, "--out", folder.url.path])
      #expect(result.status == 73, "\(result)")
      #expect(try Data(contentsOf: file) == Data("# my labels\n3\n4\n".utf8))
      // The labels.csv of a job is read like any other file.
      let job = try JobFolder()
      for labels in [file.path, job.url.appending(path: "labels.csv").path] {
        let made = try await Program.run(
          ["--painting", "1", "--labels-file", labels, "--out", job.url.path])
        #expect(made.status == 0, "\(made)")
      }
    }

    @Test
    func `--overwrite is refused if the folder has images of another job`() async throws {
      let job = try await JobFolder.made(Self.painted)
      let image = job.url.appending(path: "images/000100.png")
      try Data("mine".utf8).write(to: image)
      let before = try job.files
      let command = Self.painted + ["--overwrite", "--out", job.url.path]
      let refused = try await Program.run(command)
      #expect(refused.status == 73 && refused.errors.contains("images/000100.png"), "\(refused)")
      #expect(try job.files == before)
      try FileManager.default.removeItem(at: image)
      #expect(try await Program.run(command).status == 0)
    }

    @Test(arguments: ["link", "pipe"])
    func `--metrics writes through links and into pipes, and replaces neither`(kind: String)
      async throws
    {
      let place = try TemporaryFolder()
      let path = place.url.appending(path: kind).path
      let target = place.url.appending(path: "job.prom")
      var reader: Int32 = -1
      if kind == "link" {
        try #require(symlink("job.prom", path) == 0)
      } else {
        try #require(mkfifo(path, 0o600) == 0)
        reader = open(path, O_RDONLY | O_NONBLOCK)
      }
      defer { if reader >= 0 { close(reader) } }
      let result = try await Program.run(
        Self.painted + ["--metrics", path, "--out", place.url.appending(path: "job").path])
      #expect(result.status == 0, "\(result)")
      let text: String
      if kind == "link" {
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "job.prom")
        text = try String(contentsOf: target, encoding: .utf8)
      } else {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(reader, &buffer, buffer.count)
        text = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
      }
      #expect(text.hasSuffix("diffuse_mpi_state{state=\"failed\"} 0\n"))
      #expect(text.contains("diffuse_mpi_state{state=\"complete\"} 1\n"))
    }

    @Test(arguments: [(".", 64), ("absent/m.prom", 73), ("", 64), ("job/status.json", 64)])
    func `a --metrics path that cannot be written is refused before the job starts`(
      name: String, status: Int32
    ) async throws {
      let place = try TemporaryFolder()
      let result = try await Program.run(
        Self.painted + ["--metrics", name, "--out", "job"], in: place.url)
      #expect(result.status == status, "\(result)")
      #expect(result.errors.contains("--metrics") && !result.errors.contains("--out"), "\(result)")
      #expect(try place.files(in: "job").isEmpty)
    }
  }
}
