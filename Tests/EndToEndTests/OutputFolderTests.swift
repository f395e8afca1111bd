import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The output folder") struct OutputFolderTests {
    @Test
    func `a job writes its images, their metadata, its settings and a contact sheet`() async throws
    {
      let job = try await JobFolder.made(
        Program.quick + ["--classes", "7,2", "--precision", "f32"], ranks: 2)
      let images = (0..<5).map { "00000\($0).png" }
      let expected =
        images.map { "images/\($0)" }
        + [
          "images/metadata.jsonl", "index.html", "job.json", "status.json", "timeline.svg",
          "contact-sheet.png",
        ]
      #expect(try job.files.keys.sorted() == expected.sorted())
      let lines = images.enumerated().map { index, name in
        let label = [7, 2][index % 2]
        return JobFolder.Line(
          fileName: name, label: label, className: Bundled.classNames[label], seed: index)
      }
      #expect(try job.metadata == lines)
      let settings = try job.record["settings"] as? String
      for line in lines {
        let text = try job.text(ofImage: line.fileName)
        #expect(text["label"] == line.label.map { "\($0)" })
        #expect(text["seed"] == "\(line.seed)")
        #expect(text["settings"] == settings)
        #expect(text["Software"]?.hasPrefix("diffuse-mpi ") == true)
        #expect(try size(job.url.appending(path: "images/\(line.fileName)")) == [32, 32])
      }
      // Two rows of images at twice their size, with gaps of 4 and a margin of 12. There are three
      // columns and the names of the classes.
      let sheet = try size(job.url.appending(path: "contact-sheet.png"))
      #expect(sheet[1] == 12 + 64 + 4 + 64 + 12)
      #expect(sheet[0] > 12 + 3 * 68 + 12)
    }

    /// Returns the width and height.
    private func size(_ image: URL) throws -> [Int] {
      let header = try #require(PNGChunk.all(in: Data(contentsOf: image))?.first)
      #expect(header.type == "IHDR")
      return [PNGChunk.number(header.data[0..<4]), PNGChunk.number(header.data[4..<8])]
    }

    @Test
    func `job.json has every setting, the hashes of the checkpoints and the machine`() async throws
    {
      let job = try await JobFolder.made([
        "--labels", "3,3,5", "--seeds", "8-9,4294967295", "--sampler", "ddpm", "--steps", "2,1",
        "--classifier-scale", "1.5", "--batch-size", "3", "--precision", "f32",
        "--no-clip-denoised",
      ])
      let record = try job.record
      #expect((record["commandLine"] as? [String])?.dropFirst().prefix(2) == ["--labels", "3,3,5"])
      #expect(record["program"] as? String == "diffuse-mpi")
      let version = try await Program.run(["--version"]).output
      #expect(record["version"] as? String == version.trimmingCharacters(in: .newlines))
      #expect((record["instructionSet"] as? String)?.isEmpty == false)
      #expect((record["oneDNN"] as? String)?.isEmpty == false)
      let plan = try #require(record["plan"] as? [String: String])
      #expect(plan["labels"] == "3,3,5" && plan["seeds"] == "8-9,4294967295")
      #expect(plan["hash"]?.count == 16)
      #expect(record["imageCount"] as? Int == 3)
      // The sections are 0…499 and 500…999: both ends of the first, and the beginning of the
      // second.
      #expect(record["timesteps"] as? [Int] == [0, 499, 500])
      let recipe = try #require(record["recipe"] as? [String: Any])
      #expect(recipe["sampler"] as? String == "ddpm")
      #expect(recipe["steps"] as? String == "2,1")
      #expect(recipe["classifierScale"] as? Double == 1.5)
      #expect(recipe["batchSize"] as? Int == 3)
      #expect(recipe["precision"] as? String == "f32")
      #expect(recipe["clipsDenoised"] as? Bool == false)
      #expect(recipe["eta"] as? Double == 0)
      for (network, file) in [("unet", Bundled.unet), ("classifier", Bundled.classifier)] {
        let entry = try #require(recipe[network] as? [String: Any])
        let sum = try await TestProcess.run(
          URL(filePath: "/usr/bin/env"), ["sha256sum", file.path])
        #expect(entry["sha256"] as? String == String(sum.output.prefix(64)))
        #expect((entry["path"] as? String)?.hasSuffix(file.lastPathComponent) == true)
        #expect((entry["configuration"] as? [String: Any])?["imageSize"] as? Int == 32)
      }
    }

    @Test
    func `a folder with other files accepts a job and keeps them`() async throws {
      let folder = try JobFolder()
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
      try Data("a log".utf8).write(to: folder.url.appending(path: "slurm-1.out"))
      let result = try await Program.run(Program.quick + ["--out", folder.url.path])
      #expect(result.status == 0, "\(result)")
      #expect(try folder.files["slurm-1.out"] == Data("a log".utf8))
      #expect(try folder.metadata.count == 5)
    }

    @Test(arguments: [(nil, []), (2, ["--npz"])])
    func `a job ends with a summary by class and rank, and names the file to open`(
      ranks: Int?, options: [String]
    ) async throws {
      let folder = try JobFolder()
      let result = try await Program.run(
        Program.quick + options + ["--out", folder.url.path], ranks: ranks)
      let lines = result.output.split(separator: "\n")
      #expect(lines.first?.hasPrefix("5 images in ") == true)
      #expect(lines.contains("5 classes, 1 image each"), "\(result)")
      let header = try #require(lines.firstIndex { $0.hasPrefix("rank   images") })
      let rows = lines[(header + 1)...].prefix(ranks ?? 1).map { $0.split(separator: " ") }
      #expect(rows.map { $0[0] } == (0..<(ranks ?? 1)).map { "\($0)" }, "\(result)")
      #expect(rows.reduce(0) { $0 + (Int($1[1]) ?? 0) } == 5)
      let places = lines.filter { $0.contains(folder.url.path) }
      #expect(places.count == 4 + options.count)
      for line in places {
        let path = String(line.drop { $0 != "/" })
        #expect(FileManager.default.fileExists(atPath: path), "\(line)")
      }
    }
  }
}
