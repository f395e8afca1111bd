import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  /// Jobs of small models of latents, whose files the code of their projects wrote.
  @Suite("Models of latents") struct LatentTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "ModelTests/Fixtures")
    private static func file(_ path: String) -> String { fixtures.appending(path: path).path }

    /// A latent diffusion model with classes, one without, the bundled one, and transformers of DiT and
    /// SiT with the autoencoder of another file.
    enum Model: String, CaseIterable {
      case conditional, unconditional, bundled, dit, sit

      var options: [String] {
        let transformer = [
          "--model-flags", "--num_heads 2", "--first-stage", file("latent/unconditional.ckpt"),
        ]
        let options =
          switch self {
          case .conditional:
            [
              "--model", file("latent/class.ckpt"), "--config", file("latent/class.yaml"),
              "--cfg-scale", "3", "--classes", "0-2",
            ]
          case .unconditional:
            [
              "--model", file("latent/unconditional.ckpt"), "--config",
              file("latent/unconditional.yaml"), "--sampler", "plms",
            ]
          case .bundled: ["--model", "fashion-mnist-latent"]
          case .dit: ["--model", file("transformers/dit-train.pt")] + transformer
          case .sit:
            ["--model", file("transformers/SiT-small.pt"), "--sampler", "euler-maruyama"]
              + transformer
          }
        return options + [
          "--num-samples", "7", "--steps", "4", "--batch-size", "2", "--precision", "f32",
        ]
      }
    }

    @Test(arguments: Model.allCases, [2, 3, 8])
    func `any number of ranks makes the same images of latents`(
      model: Model, ranks: Int
    ) async throws {
      let alone = try await JobFolder.made(model.options)
      let job = try await JobFolder.made(model.options + ["--threads", "1"], ranks: ranks)
      #expect(try job.results == alone.results)
      #expect(try job.settings == alone.settings)
    }

    @Test(arguments: Model.allCases)
    func `a job of latents is resumed, checked, and merged from slices`(model: Model) async throws {
      let expected = try await JobFolder.made(model.options)
      try FileManager.default.removeItem(at: expected.url.appending(path: "images/000003.png"))
      let resumed = try await Program.run(model.options + ["--out", expected.url.path])
      #expect(resumed.status == 0, "\(resumed)")
      let verified = try await Program.run(["verify", expected.url.path])
      #expect(verified.status == 0, "\(verified)")
      let job = try JobFolder()
      for number in 1...2 {
        let slice = try await Program.run(
          model.options + ["--slice", "\(number)/2", "--out", job.url.path], ranks: number)
        #expect(slice.status == 0, "\(slice)")
      }
      let merged = try await Program.run(["merge", job.url.path])
      #expect(merged.status == 0, "\(merged)")
      #expect(try job.results == expected.results)
    }

    /// diffusers made the images (scripts/fixtures/diffusers_latents.py).
    @Test(arguments: ["vq", "kl"])
    func `a pipeline of latents of diffusers makes the images that diffusers makes`(
      name: String
    ) async throws {
      let expected = try SafetensorsFile(
        Self.fixtures.appending(path: "latent/pipelines.safetensors"))
      let job = try await JobFolder.made([
        "--model", Self.file("latent/pipeline-\(name)"), "--seeds", "5,11,4294967289",
        "--steps", "10", "--precision", "f32",
      ])
      try job.expect(bytes: #require(expected.tensors["\(name).images"]).bytes)
    }

    @Test
    func `a trajectory shows the decoded latents and changes no image`() async throws {
      let plain = try await JobFolder.made(Model.conditional.options)
      let job = try await JobFolder.made(Model.conditional.options + ["--trajectory", "1"])
      #expect(try job.pixels == plain.pixels)
      #expect(try job.files["trajectory-000000.png"] != nil)
    }

    @Test
    func `an upsampler enlarges the images of a model of latents`() async throws {
      let folder = try TemporaryFolder()
      let upsampler = folder.url.appending(path: "up.safetensors")
      try BundledUpsampler.file().write(to: upsampler)
      let command =
        Model.unconditional.options + [
          "--upsampler", upsampler.path, "--upsampler-flags", BundledUpsampler.flags,
          "--upsampler-steps", "2", "--upsampler-sampler", "ddpm",
        ]
      let refused = try await Program.run(command + ["--out", folder.url.path + "/job"])
      #expect(refused.status == 65, "\(refused)")
      #expect(refused.errors.contains("enlarges images of 32×32 pixels, but those of the model"))
    }

    @Test(arguments: [
      (["--model", "dit", "--model-flags", "--num_heads 2"], 64, "give one with --first-stage"),
      (["--model", "dit"], 64, "give --num_heads"),
      (
        ["--model", "dit", "--model-flags", "--num_heads 2", "--first-stage", "class"], 65,
        "this autoencoder has latents of 3 channels, but the model makes 4"
      ),
      (["--model", "class"], 64, "give its YAML file with --config"),
      (
        ["--model", "class", "--config", "unconditional.yaml"], 65,
        "does not describe the weights of the first stage"
      ),
      (["--model", "class", "--config", "class.yaml", "--classes", "1000"], 64, "1000"),
      (["--model", "class", "--config", "class.yaml", "--steps", "300"], 64, "take 250"),
      (
        ["--model", "class", "--config", "class.yaml", "--clip-denoised"], 64,
        "--clip-denoised limits pixels to [-1, 1], but this model makes latents"
      ),
      (
        ["--model", "unconditional", "--config", "unconditional.yaml", "--cfg-scale", "2"], 64,
        "--cfg-scale needs a model with a null class"
      ),
      (["--first-stage", "unconditional"], 64, "leave out the option"),
      (["--model", "pipeline/unet"], 65, "give the folder of the whole pipeline"),
      (["--sampler", "plms"], 64, "plms samples latent diffusion models"),
      (["--sampler", "euler"], 64, "euler needs a flow"),
    ])
    func `a request that a model of latents cannot meet is refused with what to do`(
      words: [String], status: Int32, text: String
    ) async throws {
      let names = [
        "dit": "transformers/dit-train.pt", "class": "latent/class.ckpt",
        "unconditional": "latent/unconditional.ckpt", "class.yaml": "latent/class.yaml",
        "unconditional.yaml": "latent/unconditional.yaml",
        "pipeline/unet": "latent/pipeline-vq/unet",
      ]
      let folder = try TemporaryFolder()
      let arguments = words.map { names[$0].map(Self.file) ?? $0 }
      let result = try await Program.run(arguments + ["--out", folder.url.path + "/job"])
      #expect(result.status == status, "\(result)")
      #expect(result.errors.contains(text), "\(result)")
    }

    @Test
    func `a folder is not resumed with a model of another family`() async throws {
      let job = try await JobFolder.made(Model.sit.options)
      let result = try await Program.run(
        Model.sit.options + ["--family", "repa", "--out", job.url.path])
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("--family, --model-flags or --preset differs"), "\(result)")
    }

    @Test
    func `plan tells the seconds of the network and of the decoder`() async throws {
      let folder = try TemporaryFolder()
      let command = ["plan"] + Model.conditional.options + ["--out", folder.url.path + "/job"]
      let plan = try await Program.run(command)
      #expect(plan.status == 0, "\(plan)")
      #expect(plan.output.contains("of an image: the network "), "\(plan)")
      #expect(plan.output.contains("class.ckpt, latents of 3×8×8, f32"), "\(plan)")
      let json = try await Program.run(command + ["--json"])
      let facts = try #require(
        JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      let time = try #require(facts["time"] as? [String: Any])
      #expect((time["decoder_seconds_per_image"] as? Double ?? 0) > 0)
    }
  }
}
