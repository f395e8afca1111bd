import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("diffuse-mpi verify") struct VerifyTests {
    static let forms = [
      [], ["--layout", "subdirs", "--grayscale"], ["--layout", "classes"],
      ["--format", "tar", "--shard-size", "2"],
    ]

    private func verified(_ folder: JobFolder) async throws -> TestProcess.Result {
      try await Program.run(["verify", folder.url.path])
    }

    @Test(arguments: forms)
    func `verify accepts a finished job in any format, and reports what is missing`(form: [String])
      async throws
    {
      let folder = try await JobFolder.made(Program.quick + form)
      let whole = try await verified(folder)
      #expect(whole.status == 0, "\(whole)")
      #expect(whole.output == "\(folder.url.path): complete and correct, 5 images\n")
      let file = try #require(
        folder.files.keys.sorted().last { $0.hasSuffix(".png") || $0.hasSuffix(".tar") })
      // The last shard has one image, as does every PNG file.
      let path = folder.url.appending(
        path: file == "contact-sheet.png" ? "images/000004.png" : file)
      try FileManager.default.removeItem(at: path)
      if form.contains("tar") {
        try FileManager.default.removeItem(at: folder.url.appending(path: "shards-index.jsonl"))
      }
      let partial = try await verified(folder)
      #expect(partial.output.contains("4 of 5 images exist and are correct"))
      #expect(partial.status == (form.contains("tar") ? 65 : 75), "\(partial)")
      let again = try await Program.run(Program.quick + form + ["--out", folder.url.path])
      #expect(again.status == 0, "\(again)")
      #expect(try await verified(folder).status == 0)
    }

    @Test
    func `verify finds a damaged image, and --verify generates it again`() async throws {
      let folder = try await JobFolder.made(Program.quick)
      let file = folder.url.appending(path: "images/000002.png")
      let whole = try Data(contentsOf: file)
      var bytes = whole
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: file)
      let result = try await verified(folder)
      #expect(result.status == 65)
      #expect(result.output.contains("\n  images/000002.png is damaged ("), "\(result)")
      let again = try await Program.run(
        Program.quick + ["--verify", "--out", folder.url.path])
      #expect(again.status == 0, "\(again)")
      #expect(try Data(contentsOf: file) == whole)
      #expect(try await verified(folder).status == 0)
    }

    @Test
    func `advice gives numbers and names files`() async throws {
      let folder = try await JobFolder.made(Program.quick)
      try Data("x".utf8).write(to: folder.url.appending(path: "images/cat.png"))
      let one = try await verified(folder)
      #expect(one.status == 65)
      #expect(
        one.output.contains(
          "1 unexpected file; move it, or image loaders will read it\n  images/cat.png\n"))
      try FileManager.default.removeItem(at: folder.url.appending(path: "images/cat.png"))
      for name in ["000000.png", "000003.png"] {
        try FileManager.default.removeItem(at: folder.url.appending(path: "images/\(name)"))
      }
      let two = try await verified(folder)
      #expect(two.status == 75)
      #expect(
        two.output.contains("2 missing images; run the same command again to generate them\n"))
    }

    @Test
    func `verify and a job both treat bytes after the end of an image as damage`() async throws {
      let folder = try await JobFolder.made(Program.quick)
      let file = folder.url.appending(path: "images/000001.png")
      let whole = try Data(contentsOf: file)
      try (whole + [0]).write(to: file)
      let found = try await verified(folder)
      #expect(found.status == 65 && found.output.contains("images/000001.png is damaged ("))
      let again = try await Program.run(Program.quick + ["--out", folder.url.path])
      #expect(again.status == 0, "\(again)")
      #expect(try Data(contentsOf: file) == whole)
    }

    @Test(
      arguments: [(nil, 66, "--out"), ("{}", 65, "job.json is damaged")]
        as [(String?, Int32, String)])
    func `a folder without a job or with an empty job.json is refused with what to do`(
      record: String?, status: Int32, part: String
    ) async throws {
      let folder = try TemporaryFolder()
      if let record { try Data(record.utf8).write(to: folder.url.appending(path: "job.json")) }
      let result = try await Program.run(["verify", folder.url.path])
      #expect(result.status == status && result.errors.contains(part), "\(result)")
      #expect(result.output.isEmpty)
    }
  }
}
