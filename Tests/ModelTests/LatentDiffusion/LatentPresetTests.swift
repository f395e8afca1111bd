import Checkpoint
import Diffusion
import Foundation
import Model
import TestSupport
import Testing

/// The published models of latent-diffusion, by the shapes of their files.
@Suite struct LatentPresetTests {
  /// Writes a file with the tensors of a published model. Almost all are zeros, which take no space.
  private static func file(
    _ name: String, key: String? = nil, without isLeftOut: (String) -> Bool = { _ in false }
  ) throws -> CheckpointFile {
    let tensors = try LatentFixtures.shapes(name).filter { !isLeftOut($0.name) }
    var (header, offset): ([String], Int) = ([], 0)
    var values: [(offset: Int, values: [Float])] = []
    for (name, shape) in tensors {
      let count = shape.reduce(1, *)
      if name == "alphas_cumprod" {
        let end = tensors.contains { $0.name == "scale_factor" } ? 0.0155 : 0.0195
        values.append(
          (offset, LatentProcess(betaStart: 0.0015, betaEnd: end).alphaBar(steps: count)))
      } else if name == "scale_factor" || name.hasSuffix("time_embed0weight") {
        values.append((offset, [0.5]))
      }
      header.append(
        "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),"
          + "\"data_offsets\":[\(offset),\(offset + 4 * count)]}")
      offset += 4 * count
    }
    let text = Data("{\(header.joined(separator: ","))}".utf8)
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.safetensors")
    try (withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text).write(to: url)
    let handle = try FileHandle(forWritingTo: url)
    try handle.truncate(atOffset: UInt64(8 + text.count + offset))
    for (offset, values) in values {
      try handle.seek(toOffset: UInt64(8 + text.count + offset))
      try handle.write(contentsOf: values.withUnsafeBytes { Data($0) })
    }
    try handle.close()
    return try CheckpointFile.open(url.path, for: .unet, key: key)
  }

  private static let names = LatentFixtures.published.keys.sorted()

  @Test(arguments: names)
  func `a published file needs no YAML file`(_ name: String) throws {
    let file = try Self.file(name)
    let model = try ModelDescription(latentDiffusion: file, config: nil, hints: .init())
    let choice = try #require(model.origin.choice)
    let all = [choice.preset] + choice.alternatives
    #expect(all.map(\.name) == LatentFixtures.published[name])
    #expect(model.diffusion == choice.preset.diffusion && model.notes.isEmpty)
    #expect(model.latentSpace?.firstStage?.configuration == choice.preset.latents?.firstStage)
    #expect(model.latentSpace?.firstStage?.configuration.imageWidth == 256)
    #expect(model.latentSpace?.scaling.factor == (name == "lsun_churches256" ? 0.5 : 1))
    // Looks up every tensor.
    _ = try NetworkFile.unet(file, #require(model.unet), prefix: model.prefix)
    #expect(file.isChosenAsAverage == (name != "cin256-v2"))
  }

  @Test
  func `the name of a file or a preset chooses among models with the same settings`() throws {
    let file = try Self.file("celeba256")
    for hints in [PresetChoice.Hints(path: "ffhq256.ckpt"), .init(preset: "ffhq256")] {
      let model = try ModelDescription(latentDiffusion: file, config: nil, hints: hints)
      #expect(model.origin.choice?.preset.name == "ffhq256")
      #expect(model.origin.choice?.preset.defaults.first?.eta == 1)
    }
  }

  @Test
  func
    `a file without the measured scale, or without a first stage, is described as far as it goes`()
    throws
  {
    let text = message {
      let file = try Self.file("lsun_churches256") { $0 == "scale_factor" }
      _ = try ModelDescription(latentDiffusion: file, config: nil, hints: .init())
    }
    #expect(text.contains("scale_factor"))
    let file = try Self.file("celeba256") {
      $0.hasPrefix("first_stage_model.") || $0 == "alphas_cumprod"
    }
    let model = try ModelDescription(latentDiffusion: file, config: nil, hints: .init())
    #expect(model.latentSpace != nil && model.latentSpace?.firstStage == nil)
    #expect(model.diffusion.latent == LatentProcess(betaStart: 0.0015, betaEnd: 0.0195))
  }

  @Test
  func `averages that lack a tensor are refused, and the weights beside them can be chosen`() throws
  {
    let isLeftOut = { (name: String) in name == "model_ema.diffusion_modelout2weight" }
    #expect(throws: CheckpointError.self) {
      try Self.file("celeba256", without: isLeftOut)
    }
    let file = try Self.file("celeba256", key: "model", without: isLeftOut)
    #expect(!file.chosen.isAveraged && file.tensors["model.diffusion_model.out.2.weight"] != nil)
  }

  @Test
  func `a file without its table of classes is refused`() throws {
    let text = message {
      let file = try Self.file("cin256-v2") { $0.hasPrefix("cond_stage_model.") }
      _ = try ModelDescription(latentDiffusion: file, config: nil, hints: .init())
    }
    #expect(text.contains("cond_stage_model.embedding.weight"))
  }

  @Test(arguments: [
    ("cin256-v2", 400.92), ("cin256", 394.98), ("celeba256", 274.06),
    ("lsun_churches256", 294.97),
  ])
  func `a published network has its number of parameters`(name: String, millions: Double) throws {
    let preset = try #require(ModelPreset.named(name))
    let table = (preset.unet.classCount ?? 0) * 512
    let count = Architecture.unet(preset.unet).parameterCount - table
    #expect(abs(Double(count) / 1e6 - millions) < 0.006)
  }

  @Test(arguments: ModelPreset.all.filter { $0.latents != nil })
  func `the published settings of a latent preset give a solver of its steps`(
    _ preset: ModelPreset
  ) throws {
    for settings in preset.defaults {
      let isPLMS = settings.sampler == "plms"
      let solver = SolverSettings(
        isPLMS ? .plms : .ddim(eta: settings.eta ?? 0), steps: settings.steps)
      #expect(try solver.makeSolver(for: preset.diffusion).nodes.count == Int(settings.steps))
      #expect(settings.cfgScale == nil || preset.unet.nullClass != nil)
    }
  }
}
