import Checkpoint
import Diffusion
import Foundation
import Model
import TestSupport
import Testing

/// The configuration of networks in folders of the diffusers library.
@Suite struct DiffusersSettingsTests {
  private static let config = "unet/config.json"
  private static let scheduler = "scheduler/scheduler_config.json"
  private static let index = "model_index.json"

  /// Writes the released case with changed settings, and reads its configuration.
  ///
  /// - Parameter changes: values by file and key. `nil` removes the setting.
  private func describe(
    _ changes: [(file: String, key: String, value: Any?)] = [], flags: String? = nil,
    part: String = "", removing removed: String? = nil
  ) throws -> ModelDescription {
    let temporary = try TemporaryFolder()
    try DiffusersCase.released.write(to: temporary.url, values: false)
    for (file, key, value) in changes {
      let url = temporary.url.appending(path: file)
      var settings = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
      settings[key] = value
      try JSONSerialization.data(withJSONObject: settings).write(to: url)
    }
    if let removed {
      try FileManager.default.removeItem(at: temporary.url.appending(path: removed))
    }
    let file = try CheckpointFile.open(temporary.url.path + "/" + part, for: .unet)
    return try ModelDescription(file, flags: flags.map { try ModelFlags(parsing: $0) })
  }

  @Test
  func `a pipeline is described completely by its two files of settings`() throws {
    let model = try describe()
    #expect(
      model.unet
        == UNetConfiguration(
          imageSize: 16, modelChannels: 32, residualBlocks: 2, channelMultipliers: [1, 2, 3],
          attentionDownsamplings: [2, 4], heads: .channelsEach(32), attentionOrder: .new,
          usesScaleShiftNorm: true, resamplesInResidualBlocks: true, classCount: 10,
          learnsSigma: true))
    #expect(model.diffusion == DiffusionConfiguration(schedule: .linear, learnsSigma: true))
    #expect("\(model.origin)" == "settings from \(Self.config) and \(Self.scheduler)")
    #expect(model.notes == [])
  }

  @Test
  func `the settings of other schedules, predictions and variances are taken over`() throws {
    let cosine = try #require(DiffusersCase.all.first { $0.name == "old-names" })
    let temporary = try TemporaryFolder()
    try cosine.write(to: temporary.url, values: false)
    let model = try ModelDescription(CheckpointFile.open(temporary.url.path), flags: nil)
    #expect(model.unet?.heads == .count(1))
    #expect(model.unet?.details?.normEpsilon == 1e-6)
    #expect(
      model.unet?.resamplesInResidualBlocks == false && model.unet?.usesScaleShiftNorm == false)
    #expect(
      model.diffusion
        == DiffusionConfiguration(
          schedule: .cosine, steps: 4000, learnsSigma: false, predictsXStart: true))
  }

  @Test
  func `a note says that clip_sample was not taken over`() throws {
    let model = try describe([(Self.scheduler, "clip_sample", false)])
    #expect(model.notes.count == 1 && model.notes[0].contains("clip_sample"))
  }

  /// A setting that guided-diffusion's networks or processes cannot have.
  struct Refused: CustomTestStringConvertible {
    let file: String
    let key: String
    let json: String
    let clue: String

    init(_ file: String, _ key: String, _ json: String, _ clue: String = "") {
      (self.file, self.key, self.json) = (file, key, json)
      self.clue = clue.isEmpty ? "\(key) is \(json)" : clue
    }

    var testDescription: String { "\(key) \(json)" }
  }

  static let refused = [
    Refused(config, "time_embedding_type", #""fourier""#),
    Refused(config, "time_embedding_dim", "96"),
    Refused(config, "flip_sin_to_cos", "1"),
    Refused(config, "freq_shift", "2"),
    Refused(config, "center_input_sample", "true"),
    Refused(config, "mid_block_type", "null"),
    Refused(config, "mid_block_scale_factor", "2"),
    Refused(config, "add_attention", "false"),
    Refused(config, "downsample_padding", "2"),
    Refused(config, "act_fn", #""relu""#),
    Refused(config, "norm_num_groups", "16"),
    Refused(config, "attn_norm_num_groups", "null"),
    Refused(config, "class_embed_type", #""timestep""#),
    Refused(config, "resnet_time_scale_shift", #""spatial""#),
    Refused(config, "out_channels", "4"),
    Refused(config, "sample_size", "[16, 32]", "only square images"),
    Refused(config, "sample_size", "18", "sample_size 18 is not divisible by 4"),
    Refused(config, "norm_eps", "0"),
    Refused(config, "attention_head_dim", "24", "attention_head_dim 24 does not divide the 64"),
    Refused(config, "layers_per_block", "1e30", "a whole number from 1 to 64 was expected"),
    Refused(config, "layers_per_block", "3", "layers_per_block is 3, but the weights have 2"),
    Refused(config, "num_class_embeds", "11", "num_class_embeds is 11, but the weights have 10"),
    Refused(config, "block_out_channels", "[32, 64]", "different lengths"),
    Refused(config, "block_out_channels", "[32, 64, 128]", "but the weights have [32, 64, 96]"),
    Refused(config, "block_out_channels", "[]"),
    Refused(config, "down_block_types", #"["DownBlock2D", "CrossAttnDownBlock2D"]"#, "CrossAttn"),
    Refused(
      config, "down_block_types",
      #"["AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]"#, "at different resolutions"),
    Refused(
      config, "down_block_types", #"["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]"#,
      "some levels change the resolution"),
    Refused(scheduler, "beta_schedule", #""scaled_linear""#),
    Refused(scheduler, "beta_start", "0.00085"),
    Refused(scheduler, "beta_end", "0.012"),
    Refused(scheduler, "num_train_timesteps", "4000", "only 2.5e-05 is supported"),
    Refused(scheduler, "num_train_timesteps", "-1"),
    Refused(scheduler, "trained_betas", "[0.1, 0.2]"),
    Refused(scheduler, "rescale_betas_zero_snr", "true"),
    Refused(scheduler, "prediction_type", #""v_prediction""#),
    Refused(scheduler, "variance_type", #""fixed_small""#),
    Refused(index, "vqvae", #"["diffusers", "VQModel"]"#, "there is no vqvae/config.json"),
    Refused(index, "movq", #"["diffusers", "VQModel"]"#, "the autoencoder movq"),
  ]

  @Test(arguments: refused)
  func `a setting that cannot be followed is refused by its name and value`(
    _ refused: Refused
  ) throws {
    let value = try JSONSerialization.jsonObject(
      with: Data(refused.json.utf8), options: .fragmentsAllowed)
    let error = try #require(throws: ConfigurationError.self) {
      try describe([(refused.file, refused.key, value)])
    }
    #expect(error.kind == .checkpoint)
    #expect(error.description.contains(refused.clue), "\(error)")
  }

  @Test
  func `a process without a beta_schedule is refused with the class of the scheduler`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try describe([
        (Self.scheduler, "beta_schedule", nil),
        (Self.scheduler, "_class_name", "CMStochasticIterativeScheduler"),
      ])
    }
    #expect(error.description.contains("CMStochasticIterativeScheduler"))
  }

  @Test
  func `the folder of a UNet alone takes its process from flags`() throws {
    let error = try #require(throws: ConfigurationError.self) { try describe(part: "unet") }
    #expect(error.kind == .flags && error.description.contains("--noise_schedule ?"))
    let model = try describe(flags: "--noise_schedule cosine --diffusion_steps 500", part: "unet")
    #expect(
      model.diffusion == DiffusionConfiguration(schedule: .cosine, steps: 500, learnsSigma: true))
    #expect("\(model.origin)" == "settings from config.json and the flags")
  }

  @Test
  func `a pipeline without a scheduler takes its process from flags`() throws {
    let model = try describe(flags: "--diffusion_steps 4000", removing: "scheduler")
    #expect(model.diffusion.steps == 4000)
  }

  @Test
  func `a folder that gives no image size needs it as a flag`() throws {
    let change = (file: Self.config, key: "sample_size", value: NSNull() as Any?)
    let error = try #require(throws: ConfigurationError.self) { try describe([change]) }
    #expect(error.description.contains("--image_size ?"))
    #expect(try describe([change], flags: "--image_size 32").unet?.imageSize == 32)
  }

  @Test(arguments: [
    ("--noise_schedule cosine", "--noise_schedule gives cosine"),
    ("--diffusion_steps 4000", "--diffusion_steps gives 4000"),
    ("--predict_xstart True", "--predict_xstart gives True"),
    ("--image_size 32", "--image_size gives 32"), ("--num_head_channels 16", "gives 2, 4, 6 heads"),
    ("--num_channels 64", "--num_channels 64"), ("--learn_sigma False", "--learn_sigma False"),
  ])
  func `a flag that contradicts the settings in the folder is refused`(
    flags: String, clue: String
  ) throws {
    let error = try #require(throws: ConfigurationError.self) { try describe(flags: flags) }
    #expect(error.kind == .flags && error.description.contains(clue), "\(error)")
  }

  @Test
  func `flags that agree with the folder change nothing but what a folder cannot say`() throws {
    let flags = """
      --image_size 16 --num_channels 32 --num_res_blocks 2 --channel_mult 1,2,3 --num_heads 4 \
      --num_head_channels 32 --attention_resolutions 8,4 --class_cond True --num_classes 10 \
      --learn_sigma True --use_scale_shift_norm True --resblock_updown True \
      --use_new_attention_order False --noise_schedule linear --rescale_timesteps True
      """
    let (plain, flagged) = (try describe(), try describe(flags: flags))
    #expect(flagged.unet == plain.unet)
    #expect(flagged.diffusion.rescalesTimesteps && !plain.diffusion.rescalesTimesteps)
  }
}
