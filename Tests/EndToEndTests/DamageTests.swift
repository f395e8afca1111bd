import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Images that turn out to be damaged") struct DamageTests {
    private static let forms = [
      ["--npz"], ["--layout", "classes", "--write", "ranks"],
      ["--format", "tar", "--shard-size", "2", "--npz"],
    ]

    /// Changes pixels of the first image in a file, but not the beginning and end of the file.
    private func damage(_ file: URL) throws {
      var bytes = try Data(contentsOf: file)
      let pixels = try #require(bytes.firstRange(of: Data("IDAT".utf8)))
      bytes[pixels.upperBound + 6] ^= 1
      try bytes.write(to: file)
    }

    private func files(_ job: JobFolder) throws -> [URL] {
      try job.files.keys.sorted()
        .filter { $0.hasSuffix(".png") && $0 != "contact-sheet.png" || $0.hasSuffix(".tar") }
        .map { job.url.appending(path: $0) }
    }

    @Test(arguments: forms, [nil, 2])
    func `a damaged image is generated again, whether or not others are missing`(
      form: [String], ranks: Int?
    ) async throws {
      let job = try await JobFolder.made(Program.quick + form)
      let expected = try job.results
      let command = Program.quick + form + ["--out", job.url.path]
      for isComplete in [true, false] {
        let files = try files(job)
        try damage(files[1])
        if !isComplete { try FileManager.default.removeItem(at: files[0]) }
        try FileManager.default.removeItem(at: job.url.appending(path: "contact-sheet.png"))
        let result = try await Program.run(command, ranks: ranks)
        #expect(result.status == 0, "\(result)")
        #expect(result.errors.contains("1 damaged image is generated again"), "\(result)")
        #expect(try job.results == expected)
      }
      #expect(try await Program.run(["verify", job.url.path]).status == 0)
    }
  }
}
