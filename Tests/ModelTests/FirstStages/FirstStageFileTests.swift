import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import TestSupport
import Testing

/// First stages in files of their own, in files of whole models, and in folders of the diffusers
/// library.
@Suite struct FirstStageFileTests {
  private let kl = FirstStageCase.named("kl-f8")
  private let vq = FirstStageCase.named("vq-f8")

  /// Writes a file and opens it.
  private func opened(
    _ fixture: FirstStageCase, prefix: String = "", stated: AutoencoderConfiguration? = nil,
    changing change: (inout SafetensorsFile) throws -> Void = { _ in }
  ) throws -> FirstStageFile {
    let folder = try TemporaryFolder()
    var file = try SafetensorsFile(fixture, prefix: prefix)
    try change(&file)
    let url = folder.url.appending(path: "model.safetensors")
    try file.write(to: url)
    return try FirstStageFile(url.path, stated: stated)
  }

  /// Returns the images that the decoder of a file makes of a case's latents.
  private func decoded(_ stage: FirstStageFile, _ fixture: FirstStageCase) throws -> [Float] {
    let stated = try fixture.configuration()
    let configuration = stage.configuration.forImages(
      height: stated.imageHeight, width: stated.imageWidth)
    let network = try NetworkFile.decoder(stage.file, configuration, prefix: stage.prefix)
    return try PreparedDecoder(configuration, scaling: LatentScaling()) {
      try PreparedNetwork(network, batch: 1, type: .f32)
    }.decode(Latents(fixture.latents)).values
  }

  /// Returns the latents or means that the encoder of a file makes of a case's images.
  private func encoded(_ stage: FirstStageFile, _ fixture: FirstStageCase) throws -> [Float] {
    let stated = try fixture.configuration()
    let configuration = stage.configuration.forImages(
      height: stated.imageHeight, width: stated.imageWidth)
    let network = try NetworkFile.encoder(stage.file, configuration, prefix: stage.prefix)
    return try PreparedEncoder(configuration, scaling: LatentScaling()) {
      try PreparedNetwork(network, batch: 1, type: .f32)
    }.encode(Latents(fixture.images)).values
  }

  private func expectImages(_ stage: FirstStageFile, _ fixture: FirstStageCase) throws {
    let difference = relativeDifference(
      fixture.sample(try decoded(stage, fixture)), try fixture.expected("images"),
      largest: fixture.largest)
    #expect(difference <= FirstStageParityTests.tolerance)
  }

  // MARK: - Latent diffusion's names

  @Test(arguments: ["", "first_stage_model."])
  func `a first stage is found in a file of its own and in that of a model`(_ prefix: String)
    throws
  {
    for fixture in [kl, vq] {
      let stage = try opened(fixture, prefix: prefix) { file in
        let other = SafetensorsFile.Tensor(f32: [1, 2], shape: [2])
        let others =
          prefix.isEmpty
          ? ["loss.logvar", "loss.perceptual_loss.lin0.model.1.weight", "model_ema.num_updates"]
          : ["model.diffusion_model.out.0.bias", "betas", "model_ema.decay"]
        for name in others { file.tensors[name] = other }
      }
      #expect(stage.prefix == prefix)
      try expectImages(stage, fixture)
    }
  }

  @Test
  func `averages in the file of a first stage are not used`() throws {
    let stage = try opened(vq) { file in
      for (name, tensor) in file.tensors {
        var average = tensor
        average.bytes = Data(count: tensor.bytes.count)
        file.tensors["model_ema." + name.filter { $0 != "." }] = average
      }
    }
    try expectImages(stage, vq)
  }

  @Test
  func `a decoder alone is enough to decode`() throws {
    let stage = try opened(kl) { file in
      file.tensors = file.tensors.filter {
        $0.key.hasPrefix("decoder.") || $0.key.hasPrefix("post_quant_conv.")
      }
    }
    try expectImages(stage, kl)
    #expect(throws: ParameterMismatch.self) { try encoded(stage, kl) }
  }

  @Test
  func `a file opened for a whole model gives the same decoder by its prefix`() throws {
    let folder = try TemporaryFolder()
    var file = try SafetensorsFile(kl, prefix: "first_stage_model.")
    file.tensors["model.diffusion_model.time_embed.0.weight"] = .init(f32: [1], shape: [1])
    let url = folder.url.appending(path: "model.safetensors")
    try file.write(to: url)
    let open = try CheckpointFile.open(url.path, for: Architecture.unet(anyUNet).pattern)
    let stage = try FirstStageFile(in: open)
    #expect(stage.prefix == "first_stage_model.")
    try expectImages(stage, kl)
  }

  private var anyUNet: UNetConfiguration {
    UNetConfiguration(
      imageSize: 16, modelChannels: 32, residualBlocks: 1, channelMultipliers: [1],
      attentionDownsamplings: [], heads: .count(2), attentionOrder: .legacy,
      usesScaleShiftNorm: true, resamplesInResidualBlocks: false, classCount: nil,
      learnsSigma: false)
  }

  // MARK: - The scale

  @Test
  func `the scale is that of the file, 1 for a codebook, and otherwise unknown`() throws {
    #expect(try opened(kl).scaling == nil)
    #expect(try opened(vq).scaling == LatentScaling())
    let scaled = try opened(kl, prefix: "first_stage_model.") {
      $0.tensors["scale_factor"] = .init(f32: [0.25], shape: [])
    }
    #expect(scaled.scaling == LatentScaling(factor: 0.25))
    #expect(throws: CheckpointError.self) {
      try opened(kl, prefix: "first_stage_model.") {
        $0.tensors["scale_factor"] = .init(f32: [0], shape: [])
      }
    }
  }

  // MARK: - Refusals

  /// A change of the tensors, and a part of the message.
  struct Refused: Sendable, CustomTestStringConvertible {
    let says: String
    let change: @Sendable (inout SafetensorsFile) throws -> Void
    var testDescription: String { says }
  }

  private static let small = SafetensorsFile.Tensor(f32: [1], shape: [1])

  private static func added(_ name: String, says: String) -> Refused {
    Refused(says: says) { $0.tensors[name] = small }
  }

  private static func reshaped(_ name: String, _ shape: [Int], says: String) -> Refused {
    Refused(says: says) {
      let zeros = [Float](repeating: 0, count: shape.reduce(1, *))
      $0.tensors[name] = .init(f32: zeros, shape: shape)
    }
  }

  private static let refused = [
    added("decoder.mid.attn_1.to_qkv.weight", says: "linear attention"),
    added("decoder.up.0.block.0.conv_shortcut.weight", says: "conv_shortcut"),
    added("encoder.down.0.block.0.temb_proj.weight", says: "embedding of timesteps"),
    added("quantize.used", says: "remap"),
    added("quantize.proj.weight", says: "Gumbel"),
    reshaped("decoder.conv_out.weight", [1, 32, 3, 3], says: "1 channels; this program makes RGB"),
    reshaped("decoder.conv_in.weight", [128, 4], says: "4 dimensions of a sensible size"),
    reshaped("decoder.up.2.block.0.conv1.weight", [20, 4, 3, 3], says: "multiple of 32"),
    Refused(says: "no decoder.conv_in.weight among") { file in
      file.tensors = file.tensors.filter { !$0.key.hasPrefix("decoder.") }
    },
    Refused(says: "there are no levels") { file in
      file.tensors = file.tensors.filter { !$0.key.hasPrefix("decoder.up.") }
    },
    Refused(says: "give the folder that the file is in") { file in
      file.tensors = ["decoder.up_blocks.0.resnets.0.conv1.weight": small]
    },
  ]

  @Test(arguments: refused)
  func `a first stage that cannot run is refused by name`(_ refused: Refused) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try opened(kl) { try refused.change(&$0) }
    }
    #expect("\(try #require(error))".contains(refused.says), "\(error!)")
  }

  @Test
  func `tensors that are missing or of another shape are listed`() throws {
    let stage = try opened(kl) { file in
      file.tensors["decoder.up.1.block.1.norm2.bias"] = nil
      file.tensors["decoder.up.1.block.1.conv2.bias"] = .init(f32: [0], shape: [1])
    }
    let error = #expect(throws: ParameterMismatch.self) { try decoded(stage, kl) }
    #expect(error?.missing.map(\.name) == ["decoder.up.1.block.1.norm2.bias"])
    #expect(error?.wronglyShaped.map(\.name) == ["decoder.up.1.block.1.conv2.bias"])
  }

  @Test
  func `settings of another first stage are refused, with each difference`() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try opened(kl, stated: try vq.configuration())
    }
    let text = "\(try #require(error))"
    #expect(text.contains("(n_embed) is 128, but the weights have none"))
    #expect(text.contains("[32, 64, 64, 128], but the weights have [32, 64, 128, 128]"))
  }

  /// A change of the settings, and a part of the message.
  private static let settings: [(key: String, value: Setting, says: String)] = [
    ("attn_type", .text("linear"), "attn_type is \"linear\""),
    ("use_linear_attn", .flag(true), "use_linear_attn is true"),
    ("give_pre_end", .flag(true), "give_pre_end is true"),
    ("tanh_out", .flag(true), "tanh_out is true"),
    ("conv_shortcut", .flag(true), "conv_shortcut is true"),
    ("resamp_with_conv", .flag(false), "resamp_with_conv is false"),
    ("double_z", .flag(false), "double_z is false"),
    ("in_channels", .number(182), "in_channels is 182"),
    ("out_ch", .number(1), "out_ch is 1"),
    ("ch", .number(20), "multiple of 32"),
    ("ch", .null, "ch is missing"),
    ("ch_mult", .list([]), "ch_mult is []"),
    ("ch_mult", .list(Array(repeating: .number(1), count: 13)), "at most 12"),
    ("resolution", .number(100), "not divisible by 8"),
    ("num_res_blocks", .number(1e9), "num_res_blocks is 1000000000"),
  ]

  @Test(arguments: settings)
  func `settings in a YAML file that cannot be followed are refused by name`(
    _ key: String, _ value: Setting, _ says: String
  ) throws {
    var network = kl.network
    network[key] = value
    let error = #expect(throws: ConfigurationError.self) {
      try AutoencoderConfiguration(
        target: kl.target, parameters: NamedSettings("params", kl.parameters),
        network: NamedSettings("ddconfig", network))
    }
    #expect("\(try #require(error))".contains(says), "\(error!)")
  }

  @Test(arguments: [
    ("ldm.models.autoencoder.IdentityFirstStage", "remap", Setting.null, "IdentityFirstStage"),
    ("ldm.models.autoencoder.VQModel", "remap", .text("used.npy"), "remap is \"used.npy\""),
    ("ldm.models.autoencoder.VQModel", "n_embed", .null, "n_embed is missing"),
    ("ldm.models.autoencoder.VQModel", "embed_dim", .null, "embed_dim is missing"),
  ])
  func `classes and codebooks that cannot be followed are refused by name`(
    _ target: String, _ key: String, _ value: Setting, _ says: String
  ) throws {
    var parameters = vq.parameters
    parameters[key] = value
    let error = #expect(throws: ConfigurationError.self) {
      try AutoencoderConfiguration(
        target: target, parameters: NamedSettings("params", parameters),
        network: NamedSettings("ddconfig", vq.network))
    }
    #expect("\(try #require(error))".contains(says), "\(error!)")
  }

  // MARK: - diffusers

  @Test(arguments: DiffusersFirstStage.all, DiffusersFirstStage.Spelling.allCases)
  func `a folder of diffusers gives the same images and latents, in every spelling`(
    _ folder: DiffusersFirstStage, _ spelling: DiffusersFirstStage.Spelling
  ) throws {
    let temporary = try TemporaryFolder()
    try folder.write(to: temporary, spelling)
    let stage = try FirstStageFile(temporary.url.path)
    #expect(stage.configuration == (try folder.fixture.configuration()))
    try expectImages(stage, folder.fixture)
    let moments = try folder.fixture.expected("moments")
    if stage.configuration.kind != .kl {
      let latents = try encoded(stage, folder.fixture)
      #expect(relativeDifference(latents, moments) <= FirstStageParityTests.tolerance)
    }
  }

  @Test(arguments: [("kl-f8", "vae/"), ("vq-f8", "vqvae/")])
  func `the autoencoder of a pipeline is found in its folder`(_ name: String, _ part: String)
    throws
  {
    let temporary = try TemporaryFolder()
    try DiffusersFirstStage.named(name).write(to: temporary, part: part)
    try temporary.write("{\"_class_name\": \"LDMPipeline\"}", to: "model_index.json")
    let stage = try FirstStageFile(temporary.url.path)
    #expect(stage.file.path.hasSuffix(part.dropLast()))
    try expectImages(stage, .named(name))
  }

  @Test
  func `the scale in config json is used, with diffusers' default for KL only`() throws {
    func scaling(
      _ name: String, _ change: @escaping (inout [String: Any]) -> Void
    ) throws -> LatentScaling? {
      let temporary = try TemporaryFolder()
      try DiffusersFirstStage.named(name).write(to: temporary, changing: change)
      return try FirstStageFile(temporary.url.path).scaling
    }
    #expect(try scaling("kl-f8") { $0["scaling_factor"] = nil } == .stableDiffusion)
    #expect(
      try scaling("kl-f8") { $0["scaling_factor"] = 0.13025 } == LatentScaling(factor: 0.13025))
    #expect(try scaling("vq-f8") { $0["scaling_factor"] = nil } == LatentScaling())
    #expect(try scaling("vq-f8") { $0["scaling_factor"] = 0.5 } == LatentScaling(factor: 0.5))
    #expect(
      try scaling("kl-f8") {
        $0["scaling_factor"] = 2
        $0["shift_factor"] = 0.5
      } == LatentScaling(factor: 2, mean: [0.5, 0.5, 0.5, 0.5]))
    #expect(
      try scaling("kl-f8") {
        $0["latents_mean"] = [1, 2, 3, 4]
        $0["latents_std"] = [0.5, 1, 2, 4]
      }
        == LatentScaling(factor: 0.18215, mean: [1, 2, 3, 4], deviation: [0.5, 1, 2, 4]))
    #expect(throws: ConfigurationError.self) {
      try scaling("kl-f8") { $0["latents_std"] = [1, 2] }
    }
    #expect(throws: ConfigurationError.self) { try scaling("kl-f8") { $0["scaling_factor"] = 0 } }
  }

  @Test(arguments: [
    ("norm_num_groups", 16 as any Sendable, "norm_num_groups is 16"),
    ("act_fn", "mish", "act_fn is \"mish\""),
    ("out_channels", 4, "out_channels is 4"),
    ("layers_per_block", 3, "num_res_blocks is 3, but the weights have 2"),
    ("latent_channels", 16, "z_channels is 16, but the weights have 4"),
    ("down_block_types", ["DownEncoderBlock2D"], "have different lengths"),
    ("_class_name", "VQModel", "(n_embed) is 256, but the weights have none"),
  ])
  func `a config json that does not fit is refused by the name of the setting`(
    _ key: String, _ value: any Sendable, _ says: String
  ) throws {
    let temporary = try TemporaryFolder()
    try DiffusersFirstStage.named("kl-f8").write(to: temporary) { $0[key] = value }
    let error = #expect(throws: ConfigurationError.self) {
      try FirstStageFile(temporary.url.path)
    }
    #expect("\(try #require(error))".contains(says), "\(error!)")
  }

  @Test
  func `a UNet is no first stage, and a first stage is no model`() throws {
    let temporary = try TemporaryFolder()
    try DiffusersCase.released.write(to: temporary.url, values: false)
    let unet = temporary.url.appending(path: "unet").path
    let error = #expect(throws: CheckpointError.self) { try FirstStageFile(unet) }
    #expect("\(try #require(error))".contains("not a first stage"), "\(error!)")
    let other = try TemporaryFolder()
    try DiffusersFirstStage.named("kl-f8").write(to: other)
    let second = #expect(throws: CheckpointError.self) {
      try CheckpointFile.open(other.url.path, for: .unet)
    }
    #expect("\(try #require(second))".contains("give it as the first stage"), "\(second!)")
  }
}
