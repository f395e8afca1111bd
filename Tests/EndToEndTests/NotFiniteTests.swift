import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Images that are not finite") struct NotFiniteTests {
    /// Makes the weights of class 3 overflow. They are finite, but almost as large as possible
    /// where the first projection of the first block has positive weights.
    private func spoil(_ source: URL, to destination: URL) throws {
      var file = try SafetensorsFile(source)
      let projection = try #require(file.tensors["input_blocks.1.0.emb_layers.1.weight"])
      let weights = projection.floats.prefix(256)
      try file.change("label_emb.weight") { tensor in
        var rows = tensor.floats
        for i in 0..<256 { rows[3 * 256 + i] = weights[i] > 0 ? 3e38 : 0 }
        tensor.type = "F32"
        tensor.bytes = rows.withUnsafeBytes { Data($0) }
      }
      try file.write(to: destination)
    }

    private func pixels(_ job: JobFolder, _ name: String) throws -> [PNGChunk] {
      let data = try Data(contentsOf: job.url.appending(path: "images/\(name)"))
      return try #require(PNGChunk.all(in: data)).filter { $0.type == "IDAT" }
    }

    @Test(arguments: [nil, 3])
    func `images that are not finite are tried twice and reported once, and others are unchanged`(
      ranks: Int?
    ) async throws {
      let folder = try TemporaryFolder()
      let (whole, spoiled) = (
        folder.url.appending(path: "whole.safetensors"),
        folder.url.appending(path: "spoiled.safetensors")
      )
      try FileManager.default.copyItem(at: Bundled.unet, to: whole)
      try spoil(Bundled.unet, to: spoiled)
      let labels = [0, 3, 4, 3, 3, 1, 3]
      func options(_ model: URL) -> [String] {
        [
          "--model", model.path, "--model-flags", Bundled.modelFlags,
          "--classifier", Bundled.classifier.path, "--classifier-flags", Bundled.classifierFlags,
          "--labels", labels.map(String.init).joined(separator: ","),
          "--steps", "ddim5", "--batch-size", "3",
        ]
      }
      let expected = try await JobFolder.made(options(whole))
      let job = try JobFolder()
      let result = try await Program.run(
        options(spoiled) + ["--out", job.url.path], ranks: ranks)
      #expect(!result.timedOut, "\(result)")
      for (index, label) in labels.enumerated() {
        let name = "00000\(index).png"
        let image = "image \(index) (label \(label), seed \(index)) is not finite after step 1 of 5"
        let told = result.errors.components(separatedBy: image).count - 1
        if label == 3 {
          #expect(try job.files["images/\(name)"] == nil)
          #expect(told == 2, "\(result)")
        } else {
          #expect(try pixels(job, name) == pixels(expected, name))
          #expect(told == 0, "\(result)")
        }
      }
      let count = { (text: String) in
        result.errors.components(separatedBy: text).count - 1
      }
      let page = try String(contentsOf: job.url.appending(path: "index.html"), encoding: .utf8)
      #expect(page.contains("Incomplete: 3 of 7 images exist. The others were given up."))
      #expect(page.contains("image 6 (label 3, seed 6) is not finite"))
      #expect(count("it is tried once more") == 4 && count("so it is given up: ") == 4, "\(result)")
    }
  }
}
