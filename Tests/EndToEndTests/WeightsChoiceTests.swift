import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The choice among a checkpoint's weights") struct WeightsChoiceTests {
    private static let settings = [
      "--num-samples", "2", "--steps", "ddim2", "--batch-size", "2", "--precision", "f32",
      "--classifier-scale", "0", "--model-flags", Bundled.modelFlags,
    ]

    @Test
    func `averaged weights are used, reported and recorded, and an option chooses others`()
      async throws
    {
      let folder = try TemporaryFolder()
      let file = folder.url.appending(path: "both.safetensors")
      try TwoWeights.file(["model", "ema_model"]).write(to: file)
      let plain = try await JobFolder.made(["--model", Bundled.unet.path] + Self.settings)

      let averaged = try JobFolder()
      let model = ["--model", file.path, "--out", averaged.url.path] + Self.settings
      let result = try await Program.run(model, ranks: 2)
      #expect(result.status == 0, "\(result)")
      #expect(result.errors.contains("averaged weights ema_model, not model"), "\(result)")
      #expect(try averaged.pixels == plain.pixels)
      let recipe = try #require(averaged.record["recipe"] as? [String: Any])
      let weights = try #require((recipe["unet"] as? [String: Any])?["weights"] as? [String: Any])
      #expect(weights["key"] as? String == "ema_model")
      // The plain file offered no choice, so its record and hash are the same as before.
      let plainRecipe = try #require(plain.record["recipe"] as? [String: Any])
      #expect((plainRecipe["unet"] as? [String: Any])?["weights"] == nil)

      let refused = try await Program.run(model + ["--model-key", "model"])
      #expect(refused.status == 64, "\(refused)")
      #expect(refused.errors.contains("--model-key is model, was ema_model"))

      let raw = try await JobFolder.made(
        ["--model", file.path, "--model-key", "model"] + Self.settings)
      #expect(try raw.pixels != plain.pixels)
    }

    @Test
    func `inspect lists the weights in a file, and shows those of a key`() async throws {
      let folder = try TemporaryFolder()
      let file = folder.url.appending(path: "both.safetensors")
      try TwoWeights.file(["model", "ema_model"]).write(to: file)
      let all = try await Program.run(["inspect", file.path])
      #expect(all.output.contains("model, 199 tensors\n"), "\(all)")
      #expect(all.output.contains("ema_model (averaged), 199 tensors, used here"), "\(all)")
      let one = try await Program.run(["inspect", "--key", "model", file.path])
      #expect(one.output.contains("model, 199 tensors, used here"), "\(one)")
    }
  }
}
