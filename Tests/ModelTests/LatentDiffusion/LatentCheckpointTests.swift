import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import TestSupport
import Testing

/// Whole checkpoints of latent-diffusion, as its training program saves them.
@Suite struct LatentCheckpointTests {
  struct Run: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let checkpoint: String
    let sampler: SolverSettings.Name
    let steps: Int
    let eta: Float
    let scale: Float
    let seeds: [UInt64]
    let labels: [Int]?

    var testDescription: String { name }
  }

  private static let runs: [Run] = {
    struct Runs: Decodable { let runs: [Run] }
    let runs: Runs = Fixtures.decoded("latent/checkpoints.json")
    return runs.runs
  }()

  private static func path(_ name: String) -> String {
    LatentFixtures.folder.appending(path: name).path
  }

  private static func open(_ name: String, key: String? = nil) throws -> CheckpointFile {
    try CheckpointFile.open(path("\(name).ckpt"), for: .unet, key: key)
  }

  private static func describe(_ name: String) throws -> ModelDescription {
    try ModelDescription(
      latentDiffusion: open(name), config: LatentFixtures.config(name), hints: .init())
  }

  /// Returns a checkpoint of the fixtures, or the bundled model of latents.
  private static func model(_ name: String) throws -> (CheckpointFile, ModelDescription) {
    guard name == "bundled" else { return (try open(name), try describe(name)) }
    let bundled = try BundledModel(named: "fashion-mnist-latent")
    return (try CheckpointFile.open(bundled.modelFile.path, for: .unet), bundled.model)
  }

  @Test(arguments: runs)
  func `a checkpoint and its YAML file give the latents and images of its authors' program`(
    _ run: Run
  ) throws {
    let (file, model) = try Self.model(run.checkpoint)
    let unet = try #require(model.unet)
    let network = try PreparedNetwork(
      model.network.network(in: file, prefix: model.prefix), batch: run.seeds.count, type: .f32)
    let shape = model.network.imageShape
    let labels = run.labels?.map(Label.of) ?? run.seeds.map { _ in Label.none }
    let guide =
      run.scale == 1
      ? nil
      : try GuidingNetwork(
        network, conditioning: Conditioning(labels: labels.map { _ in .null }),
        configuration: model.diffusion, main: model.diffusion, scale: run.scale, shape: shape)
    let denoiser = GuidedDenoiser(
      network, guide: guide, configuration: model.diffusion, clipsDenoised: false,
      conditioning: Conditioning(labels: labels), shape: shape)
    let settings = SolverSettings(
      run.sampler == .plms ? .plms : .ddim(eta: run.eta), steps: "\(run.steps)")
    let latents = try settings.makeSolver(for: model.diffusion)
      .sample(seeds: run.seeds, shape: shape, denoiser: denoiser).images
    let expected = try Fixtures.tensors("latent/checkpoints").tensors
    let difference = relativeDifference(
      latents.values, try expected["\(run.name).latents"]!.tensor().elements)
    #expect(difference <= 2e-5, "\(difference)")
    #expect(unet.nullClass == unet.classCount.map { $0 - 1 })
    try expectImages(latents, model, file, try expected["\(run.name).images"]!.tensor().elements)
  }

  /// Compares the decoded images, in which a rounding error may change the last bit of a byte.
  private func expectImages(
    _ latents: Latents, _ model: ModelDescription, _ file: CheckpointFile, _ expected: [Float]
  ) throws {
    let space = try #require(model.latentSpace)
    let firstStage = try #require(space.firstStage)
    let network = try NetworkFile.decoder(
      file, firstStage.configuration, prefix: firstStage.prefix)
    let decoder = try PreparedDecoder(firstStage.configuration, scaling: space.scaling) {
      try PreparedNetwork(network, batch: 1, type: .f32)
    }
    let bytes = PixelConversion.rgb8(try decoder.decode(latents), space.rounding).flatMap { $0 }
    let distances = zip(bytes, expected).map { abs(Float($0) - $1) }
    #expect(bytes.count == expected.count && distances.max()! <= 1)
    #expect(Double(distances.count { $0 > 0 }) < 0.005 * Double(bytes.count))
  }

  @Test
  func `averages are used if there are any, for the denoiser only`() throws {
    let file = try Self.open("unconditional")
    #expect(file.isChosenAsAverage && file.chosen.key == "state_dict.model_ema")
    #expect(file.alternatives.map(\.key) == ["state_dict.model"])
    let plain = try Self.open("unconditional", key: "state_dict.model")
    #expect(Set(plain.names) == Set(file.names))
    let changed = try file.names.filter {
      try plain.tensors[$0]!.tensor().elements != file.tensors[$0]!.tensor().elements
    }
    #expect(changed.allSatisfy { $0.hasPrefix("model.diffusion_model.") } && changed.count > 100)
    #expect(!file.names.contains { $0.hasPrefix("model_ema.") })
  }

  @Test
  func `a YAML file turns averages off`() throws {
    let config = try LatentFixtures.config("unconditional") { text in
      text.replacing("    scale_by_std: true", with: "    scale_by_std: true\n    use_ema: False")
    }
    let file = try Self.open("unconditional")
    #expect(config.key(insteadOf: file) == "state_dict.model")
    #expect(try LatentFixtures.config("unconditional").key(insteadOf: file) == nil)
    #expect(try LatentFixtures.config("class").key(insteadOf: Self.open("class")) == nil)
  }

  @Test
  func `the file's noise schedule and scale have precedence over the YAML file's`() throws {
    let usual = try Self.describe("unconditional")
    #expect(usual.diffusion.latent?.storedAlphaBar == nil && usual.notes.isEmpty)
    #expect(usual.latentSpace?.scaling.factor == Double(Float(0.8)))
    let config = try LatentFixtures.config("unconditional") { text in
      text.replacing("linear_end: 0.0155", with: "linear_end: 0.02")
        .replacing("scale_by_std: true", with: "scale_factor: 0.5")
    }
    let changed = try ModelDescription(
      latentDiffusion: Self.open("unconditional"), config: config, hints: .init())
    let stored = try #require(changed.diffusion.latent?.storedAlphaBar)
    #expect(stored == usual.diffusion.latent?.alphaBar(steps: 1000))
    #expect(changed.latentSpace?.scaling == usual.latentSpace?.scaling)
    #expect(changed.notes.count == 1)
  }

  @Test
  func `a YAML file of another model is refused with what differs`() throws {
    let text = message {
      _ = try ModelDescription(
        latentDiffusion: Self.open("class"), config: LatentFixtures.config("cin256"),
        hints: .init())
    }
    #expect(text.contains("the weights"))
    let network = message {
      let config = try LatentFixtures.config("class") { text in
        text.replacing(
          "num_res_blocks: 1\n        channel_mult", with: "num_res_blocks: 2\n        channel_mult"
        )
      }
      _ = try ModelDescription(
        latentDiffusion: Self.open("class"), config: config, hints: .init())
    }
    #expect(network.contains("num_res_blocks is 2, but the weights have 1"))
  }

  @Test
  func `without a YAML file, an unknown model is refused with what is missing`() throws {
    let text = message {
      _ = try ModelDescription(
        latentDiffusion: Self.open("class"), config: nil, hints: .init())
    }
    #expect(text.contains("not a known released checkpoint") && text.contains("1001 classes"))
    #expect(text.contains("give its YAML file"))
    let preset = message {
      _ = try ModelDescription(
        latentDiffusion: Self.open("class"), config: LatentFixtures.config("class"),
        hints: .init(preset: "cin256"))
    }
    #expect(preset.contains("the preset cin256 cannot be used"))
  }
}
