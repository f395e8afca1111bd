import Foundation
import Output
import TestSupport
import Testing

/// Output folders that commit 29f4d3c left unfinished (scripts/make-resume-fixtures.py).
extension EndToEndTests {
  @Suite("Folders of earlier versions") struct EarlierVersionTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures")
    /// The second job used the default sampler of its time.
    private static let jobs: [(name: String, options: [String])] = [
      ("png", ["--sampler", "ddim", "--steps", "ddim25"]),
      ("tar", ["--sampler", "ddpm", "--steps", "20", "--format", "tar", "--shard-size", "5"]),
    ]

    @Test(arguments: jobs)
    func `a folder that an earlier version left unfinished ends with the same pixels`(
      job: (name: String, options: [String])
    ) async throws {
      let folder = try JobFolder()
      try FileManager.default.copyItem(
        at: Self.fixtures.appending(path: "unfinished/\(job.name)"), to: folder.url)
      let result = try await Program.run(
        [
          "--num-samples", "12", "--batch-size", "3", "--precision", "f32", "--out",
          folder.url.path,
        ]
          + job.options)
      #expect(result.status == 0, "\(result)")
      #expect(result.errors.contains("of 12 images already exist"), "\(result)")
      let images = try images(in: folder)
      let complete = Self.fixtures.appending(path: "complete/\(job.name)")
      for index in 0..<12 {
        let name = ImageRecord.fileName(index: index)
        let made = try RGBImage.decode(png: try #require(images[name])).image.pixels
        let expected = try RGBImage.decode(
          png: Data(contentsOf: complete.appending(path: name))
        ).image.pixels
        // Processors without AVX-512 add f32 products in a different order.
        let difference = zip(made, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(made.count == expected.count && difference <= 1, "\(name)")
      }
    }

    /// Returns the PNG files of a folder by name, including those in shards.
    private func images(in folder: JobFolder) throws -> [String: Data] {
      var images: [String: Data] = [:]
      for (path, data) in try folder.files {
        let name = URL(filePath: path).lastPathComponent
        if path.hasPrefix("images/"), name.hasSuffix(".png") { images[name] = data }
        guard path.hasPrefix("shards/"), name.hasSuffix(".tar") else { continue }
        // A tar member: a header of 512 bytes with name and octal size, then whole blocks.
        var start = data.startIndex
        while start + 512 <= data.endIndex, data[start] != 0 {
          let header = data[start..<start + 512]
          let member = String(decoding: header.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
          let digits = header.dropFirst(124).prefix(12).prefix { (0x30...0x37).contains($0) }
          let size = try #require(Int(String(decoding: digits, as: UTF8.self), radix: 8))
          images[member] = Data(data[start + 512..<start + 512 + size])
          start += 512 + (size + 511) / 512 * 512
        }
      }
      return images
    }
  }
}
