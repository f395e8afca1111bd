import Diffusion
import Foundation
import Model
import TestSupport
import Testing

extension LatentFixtures {
  /// Reads a YAML file whose text is changed.
  static func config(
    _ name: String, changing change: (String) -> String
  ) throws -> LatentConfigFile {
    let file = folder.appending(path: "\(name).yaml")
    let text = change(try String(contentsOf: file, encoding: .utf8))
    return try written(text)
  }

  /// Reads a YAML file with a text.
  static func written(_ text: String) throws -> LatentConfigFile {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.yaml")
    try Data(text.utf8).write(to: url)
    return try LatentConfigFile(url.path)
  }
}

/// YAML files of latent-diffusion.
@Suite struct LatentConfigTests {
  @Test
  func `a YAML file gives the network, the process, the scale and the first stage`() throws {
    let config = try LatentFixtures.config("cin256-v2")
    #expect(config.unet.heads == .count(1) && config.unet.attentionDownsamplings == [2, 4, 8])
    #expect(config.unet.channelMultipliers == [1, 2, 3, 5] && config.unet.imageChannels == 3)
    #expect(config.unet.spatialTransformer == .init(contextChannels: 64, depth: 1))
    #expect(config.unet.classCount == 11 && !config.usesAverages && config.scaleFactor == 1)
    #expect(config.process == LatentProcess(betaStart: 0.0015, betaEnd: 0.0195))
    #expect(config.firstStage.kind == .vq(codes: 64, quantises: true))
    #expect(config.firstStage.imageWidth == 64 && config.firstStage.latentWidth == 16)
    let churches = try LatentFixtures.config("lsun_churches256")
    #expect(churches.unet.heads == .count(8) && churches.unet.usesScaleShiftNorm)
    #expect(churches.unet.spatialTransformer == nil && churches.unet.classCount == nil)
    #expect(churches.unet.resamplesInResidualBlocks && churches.scaleFactor == nil)
    #expect(churches.usesAverages && churches.firstStage.kind == .kl)
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let message: String

    init(_ old: String, _ new: String, _ message: String) {
      (self.old, self.new, self.message) = (old, new, message)
    }

    var testDescription: String { new }
  }

  @Test(arguments: [
    Change("encoders.modules.ClassEmbedder", "encoders.modules.BERTEmbedder", "controlled by text"),
    Change("cond_stage_key: class_label", "cond_stage_key: masked_image", "inpainting"),
    Change("cond_stage_key: class_label", "cond_stage_key: LR_image", "super-resolution"),
    Change("cond_stage_key: class_label", "cond_stage_key: segmentation", "semantic maps"),
    Change("cond_stage_key: class_label", "cond_stage_key: objects_bbox", "layouts"),
  ])
  func `a YAML file of another family is refused by name`(_ change: Change) throws {
    let text = message {
      _ = try LatentFixtures.config("cin256-v2") {
        $0.replacing(change.old, with: change.new)
          .replacing("modules.ClassEmbedder", with: "modules.Other")
      }
    }
    #expect(text.contains(change.message) && text.contains("controlled by a class"), "\(text)")
  }

  @Test(arguments: [
    Change("ddpm.LatentDiffusion", "ddpm.DDPM", "a model of pixels"),
    Change("ddpm.LatentDiffusion", "autoencoder.AutoencoderKL", "a first stage"),
    Change(
      "conditioning_key: crossattn", "conditioning_key: adm", "only \"crossattn\" is supported"),
    Change("num_heads: 1", "num_classes: 10", "num_heads is missing"),
    Change("num_heads: 1", "num_heads: 5", "does not divide"),
    Change("num_heads: 1", "num_heads: 1\n        rope: true", "rope is not known"),
    Change("context_dim: 64", "context_dim: 65", "context_dim is 65, but the context"),
    Change(
      "in_channels: 3\n        out", "in_channels: 6\n        out", "in_channels is 6, but latents"),
    Change("model_channels: 32", "model_channels: wide", "model_channels is \"wide\""),
    Change("model_channels: 32", "model_channels: 33", "multiple of 32"),
    Change("channel_mult:\n        - 1", "channel_mult:\n        - 0", "channel_mult"),
    Change("linear_end: 0.0195", "linear_end: 4", "schedule that cannot be"),
    Change("linear_end: 0.0195", "beta_schedule: other", "beta_schedule is \"other\""),
    Change("timesteps: 1000", "timesteps: 1", "timesteps is 1"),
    Change("embed_dim: 3", "embed_dim: 4", "embed_dim is 4, but latents"),
    Change("n_embed: 64", "n_embed: 64\n        remap: x", "remap"),
    Change("autoencoder.VQModelInterface", "autoencoder.Other", "Other"),
    Change("openaimodel.UNetModel", "openaimodel.EncoderUNetModel", "runs a UNetModel"),
    Change("use_ema: false", "use_ema: maybe", "use_ema is \"maybe\""),
    Change("params:", "params: &a", "an anchor"),
    Change("model:", "other:", "no settings under model"),
  ])
  func `a setting that this version cannot follow is refused, with its place`(_ change: Change)
    throws
  {
    let text = message {
      _ = try LatentFixtures.config("cin256-v2") {
        #expect($0.contains(change.old), "\(change.old)")
        return $0.replacing(change.old, with: change.new, maxReplacements: 1)
      }
    }
    #expect(text.contains(change.message), "\(text)")
  }

  @Test(arguments: [
    "", "42", "- 1\n- 2\n", "model: [", "model: {a: [1,\n", "model:\n  - a\n b: c\n",
    String(repeating: "[", count: 5000), String(repeating: "- ", count: 5000),
    (0..<3000).map { "\(String(repeating: " ", count: $0))a:\n" }.joined(),
    "model: \u{0}", String(repeating: "a: b\n", count: 20_000), "a: &x [*x]\n", "model: *x\n",
  ])
  func `a file that is no such configuration is refused`(_ text: String) {
    #expect(throws: ConfigurationError.self) { try LatentFixtures.written(text) }
  }

  @Test
  func `settings without an effect are ignored, and numbers may have any form`() throws {
    let usual = try LatentFixtures.config("cin256-v2")
    let changed = try LatentFixtures.config("cin256-v2") { text in
      text.replacing("linear_start: 0.0015", with: "linear_start: 15.e-4 # the start")
        .replacing("    timesteps: 1000", with: "    'timesteps': 1_000\n    loss_type: \"l1\"")
        .replacing("1_000", with: "1.0e+3")
    }
    #expect(changed.unet == usual.unet && changed.process == usual.process)
    #expect(changed.steps == 1000)
  }
}
