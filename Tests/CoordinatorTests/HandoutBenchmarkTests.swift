import Foundation
import Output
import TestSupport
import Testing

/// Checks that the benchmark of the coordinator does the work that it measures.
@Suite(.serialized) struct HandoutBenchmarkTests {
  private func run(_ folder: TemporaryFolder, ranks: Int, _ options: String...) async throws
    -> [String]
  {
    let result = try await TestProcess.mpirun(
      ranks: ranks, BuiltProgram.url("handout-benchmark"),
      ["--images", "20", "--size", "32", "--batch", "3", "--out", folder.url.path] + options)
    #expect(result.status == 0, "\(result)")
    return result.output.split(separator: "\n").first.map { line in
      line.split(separator: "\t").map(String.init)
    } ?? []
  }

  /// Returns the decoded images by file name.
  private func images(_ folder: TemporaryFolder) throws -> [String: RGBImage] {
    try folder.files(in: "images").filter { $0.key.hasSuffix(".png") }
      .mapValues { try RGBImage.decode(png: $0).image }
  }

  @Test(arguments: [1, 2, 3, 8])
  func `any number of ranks writes the same images, all of them different`(ranks: Int) async throws
  {
    let (alone, folder) = (try TemporaryFolder(), try TemporaryFolder())
    _ = try await run(alone, ranks: 1)
    let figures = try await run(folder, ranks: ranks)
    #expect(figures.prefix(2) == ["\(ranks)", "20"])
    let images = try images(folder)
    #expect(images.count == 20)
    #expect(Set(images.values.map(\.pixels)).count == 20)
    #expect(images.values.allSatisfy { $0.width == 32 && $0.height == 32 })
    #expect(try folder.files(in: "images") == alone.files(in: "images"))
  }

  @Test
  func `images encoded beforehand are all the same file`() async throws {
    let folder = try TemporaryFolder()
    _ = try await run(folder, ranks: 2, "--encoded")
    let images = try images(folder)
    #expect(images.count == 20 && Set(images.values.map(\.pixels)).count == 1)
  }

  @Test
  func `images that are only gathered are not written`() async throws {
    let folder = try TemporaryFolder()
    let figures = try await run(folder, ranks: 2, "--discard")
    #expect(figures.prefix(2) == ["2", "20"])
    #expect(try folder.files(in: "images").isEmpty)
  }
}
