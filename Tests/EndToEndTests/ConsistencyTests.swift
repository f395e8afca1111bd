import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Networks of continuous noise levels") struct ConsistencyTests {
    private let folder: TemporaryFolder
    private let file: URL

    init() throws {
      folder = try TemporaryFolder()
      file = folder.url.appending(path: "model.safetensors")
      try ConsistencyWeights.file().write(to: file)
    }

    private func arguments(_ mode: String, _ steps: String) -> [String] {
      [
        "--model", file.path, "--model-flags",
        "\(ConsistencyWeights.flags) --training_mode \(mode)", "--steps", steps, "--num-samples",
        "5", "--batch-size", "2", "--precision", "f32",
      ]
    }

    @Test(arguments: [("edm", "3"), ("consistency_training", "0,4,9")])
    func `ranks write the same bytes as one process, and resume`(
      mode: String, steps: String
    ) async throws {
      let alone = try await JobFolder.made(arguments(mode, steps))
      let job = try await JobFolder.made(arguments(mode, steps), ranks: 2)
      #expect(try job.results == alone.results)
      try FileManager.default.removeItem(at: job.url.appending(path: "images/000003.png"))
      let command = arguments(mode, steps) + ["--out", job.url.path]
      #expect(try await Program.run(command).status == 0)
      #expect(try job.results == alone.results)
    }

    @Test
    func `inspect --json has the training of the network instead of a schedule`() async throws {
      let flags = "\(ConsistencyWeights.flags) --training_mode edm"
      let result = try await Program.run(["inspect", "--json", file.path, "--model-flags", flags])
      #expect(result.status == 0, "\(result)")
      let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      let files = try #require((json as? [String: Any])?["files"] as? [[String: Any]])
      let network = try #require(files.first?["network"] as? [String: Any])
      let training = try #require(network["preconditioning"] as? [String: Any])
      #expect(training["is_consistency_model"] as? Bool == false)
      #expect(network["diffusion"] == nil && network["preset"] == nil)
    }
  }
}
