import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Trajectories") struct TrajectoryTests {
    private static let arguments = Program.quick + ["--precision", "f32"]

    private func names(_ job: JobFolder) throws -> [String] {
      try job.files.keys.filter { $0.hasPrefix("trajectory-") }.sorted()
    }

    /// The width and height of a picture, which must be a complete PNG file.
    private func size(_ job: JobFolder, _ index: Int) throws -> (width: Int, height: Int) {
      let data = try #require(try job.files["trajectory-00000\(index).png"])
      let chunks = try #require(PNGChunk.all(in: data))
      #expect(chunks.allSatisfy(\.isIntact) && chunks.last?.type == "IEND")
      let header = try #require(chunks.first).data
      let sides = [0, 4].map { start in
        header.dropFirst(start).prefix(4).reduce(0) { $0 << 8 | Int($1) }
      }
      return (sides[0], sides[1])
    }

    @Test(arguments: [["--write", "coordinator"], ["--write", "ranks"], ["--format", "tar"]])
    func `the chosen images get a picture, the same with any ranks, and no image changes`(
      output: [String]
    ) async throws {
      let plain = try await JobFolder.made(Self.arguments + output)
      let alone = try await JobFolder.made(Self.arguments + output + ["--trajectory", "0,3-4"])
      let ranks = try await JobFolder.made(
        Self.arguments + output + ["--trajectory", "0,3-4"], ranks: 3)
      #expect(
        try names(alone)
          == ["trajectory-000000.png", "trajectory-000003.png", "trajectory-000004.png"])
      #expect(try alone.results == ranks.results)
      #expect(
        try plain.results == alone.results.filter { !$0.key.hasPrefix("trajectory-") })
      #expect(try alone.settings == plain.settings)
      let page = try #require(try alone.files["index.html"])
      #expect(String(decoding: page, as: UTF8.self).contains("<h2>Trajectories</h2>"))
    }

    @Test
    func `a picture has a column for each of up to 12 evaluations, and a row for the gradient`()
      async throws
    {
      func picture(_ arguments: [String]) async throws -> (width: Int, height: Int) {
        let job = try await JobFolder.made(
          ["--num-samples", "1", "--batch-size", "1", "--trajectory", "1"] + arguments)
        #expect(try names(job) == ["trajectory-000000.png"])
        return try size(job, 0)
      }
      let guided = try await picture(["--steps", "12"])
      let long = try await picture(["--steps", "40"])
      let short = try await picture(["--steps", "5"])
      let unguided = try await picture(["--steps", "12", "--classifier-scale", "0"])
      #expect(long == guided)
      #expect(short.width < guided.width && short.height == guided.height)
      #expect(unguided.height < guided.height)
      let heun = try await picture(["--sampler", "heun", "--steps", "3"])
      #expect(heun.width == short.width)
    }

    @Test
    func `a complete job draws pictures later, and they are those of a job that draws at once`()
      async throws
    {
      let job = try await JobFolder.made(Self.arguments)
      let before = try job.results
      let result = try await Program.run(
        Self.arguments + ["--trajectory", "2", "--out", job.url.path], ranks: 2)
      #expect(result.status == 0, "\(result)")
      #expect(result.errors.contains("2 images of the folder are generated again"), "\(result)")
      #expect(result.output.contains("trajectories:  \(job.url.path)/trajectory-000000.png\n"))
      let atOnce = try await JobFolder.made(Self.arguments + ["--trajectory", "2"])
      #expect(try job.results == atOnce.results)
      #expect(try before == job.results.filter { !$0.key.hasPrefix("trajectory-") })
      let verified = try await Program.run(["verify", job.url.path])
      #expect(verified.status == 0, "\(verified)")
      // They belong to the job, so they go with it.
      let other = try await Program.run(
        Self.arguments + ["--eta", "1", "--overwrite", "--out", job.url.path])
      #expect(other.status == 0, "\(other)")
      #expect(try names(job).isEmpty)
    }

    @Test(arguments: [
      ("0", "--trajectory is 0"), ("3-9", "--trajectory"), ("all", "--trajectory"),
    ])
    func `images that the job does not make have no trajectory`(text: String, message: String)
      async throws
    {
      let folder = try JobFolder()
      let result = try await Program.run(
        Self.arguments + ["--trajectory", text, "--out", folder.url.path], ranks: 2)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.components(separatedBy: message).count == 2, "\(result)")
    }
  }
}
