import Diffusion
import Model
import Testing

@Suite("The choice of a preset")
struct PresetChoiceTests {
  private func choice(
    _ fixture: String, path: String? = nil, preset: String? = nil, flags: String? = nil
  ) throws -> PresetChoice? {
    try description(fixture, path: path, preset: preset, flags: flags).origin.choice
  }

  private func description(
    _ fixture: String, path: String? = nil, preset: String? = nil, flags: String? = nil
  ) throws -> ModelDescription {
    try ModelDescription(
      shapes: StateDictFixture.named(fixture).shapes,
      flags: flags.map { try ModelFlags(parsing: $0) }, hints: .init(path: path, preset: preset))
  }

  @Test(arguments: ["renamed.pt", "folder/lsun_bedroom.pt", "cd_imagenet64_l2.pt"])
  func `an architecture that one preset has decides, whatever the name of the file`(
    path: String
  ) throws {
    let choice = try #require(try choice("64x64_diffusion", path: path))
    #expect(choice.preset.name == "64x64_diffusion" && choice.reason == .architecture)
    #expect(choice.alternatives.isEmpty)
  }

  @Test(arguments: [
    ("256x256_diffusion_uncond", "models/lsun_cat.pt", "lsun_cat"),
    ("256x256_diffusion_uncond", "places256_300000.pt", "places256_300000"),
    ("256x256_diffusion_uncond", "ffhq.safetensors", "ffhq"),
    ("ffhq_p2", "ffhq_10m.pt", "ffhq_10m"),
    ("lsun_uncond_100M_1200K_bs128", "pixelartdiffusion4k.pt", "pixelartdiffusion4k"),
    ("edm_imagenet64_ema", "ct_imagenet64.pt", "ct_imagenet64"),
    ("edm_bedroom256_ema", "/data/edm_cat256_ema.pt", "edm_cat256_ema"),
  ])
  func `the name of the file chooses among presets with its architecture`(
    fixture: String, path: String, name: String
  ) throws {
    let choice = try #require(try choice(fixture, path: path))
    #expect(choice.preset.name == name && choice.reason == .fileName)
    #expect(choice.alternatives.contains { $0.name == fixture })
  }

  @Test(arguments: [
    ("256x256_diffusion_uncond", "256x256_diffusion_uncond"),
    ("lsun_uncond_100M_1200K_bs128", "lsun_uncond_100M_1200K_bs128"),
    ("ffhq_p2", "ffhq_10m"), ("ddpm-ip_cifar10", "ddpm-ip_cifar10"),
  ])
  func `without a known name, presets with the same settings are as good as one`(
    fixture: String, name: String
  ) throws {
    for path in [nil, "model.pt", "ADM-IP.pt"] {
      let choice = try #require(try choice(fixture, path: path))
      #expect(choice.preset.name == name && choice.reason == .architecture)
      #expect(!choice.alternatives.isEmpty)
    }
  }

  @Test
  func `a name that chooses among different settings is reported with the others`() throws {
    let named = try description("edm_imagenet64_ema", path: "cd_imagenet64_l2.pt")
    #expect(named.diffusion.preconditioning?.isConsistencyModel == true)
    #expect(named.notes.count == 1 && named.notes[0].contains("edm_imagenet64_ema"))
    #expect("\(named.origin)".contains("OpenAI's cd_imagenet64_l2, chosen by the name of the file"))
    let same = try description("256x256_diffusion_uncond", path: "lsun_cat.pt")
    #expect(same.notes.isEmpty)
  }

  @Test
  func `a file that could be several models with different settings is refused with their names`() {
    let text = message { _ = try description("edm_imagenet64_ema", path: "model.pt") }
    for part in [
      "edm_imagenet64_ema", "cd_imagenet64_l2", "cd_imagenet64_lpips or the preset ct_imagenet64",
      "--training_mode",
    ] { #expect(text.contains(part), "\(text)") }
    #expect(!text.contains("bedroom"))
  }

  @Test(arguments: [
    ("edm", false, "edm_imagenet64_ema"), ("consistency_distillation", true, "cd_imagenet64_l2"),
    ("consistency_training", true, "cd_imagenet64_l2"),
  ])
  func `the training mode decides between models with one architecture`(
    mode: String, isConsistencyModel: Bool, completedFrom: String
  ) throws {
    let model = try description("edm_imagenet64_ema", flags: "--training_mode \(mode)")
    #expect(model.diffusion.preconditioning?.isConsistencyModel == isConsistencyModel)
    #expect(model.unet == (try StateDictFixture.named("edm_imagenet64_ema")).unet)
    #expect(model.origin.choice?.preset.name == completedFrom)
  }

  @Test
  func `a requested preset has precedence over the name of the file`() throws {
    let choice = try #require(
      try choice("edm_imagenet64_ema", path: "edm_imagenet64_ema.pt", preset: "ct_imagenet64"))
    #expect(choice.preset.name == "ct_imagenet64" && choice.reason == .request)
  }

  @Test
  func `flags change the settings of a requested preset, with a warning`() throws {
    let model = try description(
      "edm_imagenet64_ema", preset: "ct_imagenet64", flags: "--training_mode edm --sigma_max 40")
    #expect(
      model.diffusion.preconditioning == Preconditioning(isConsistencyModel: false, sigmaMax: 40))
    let warnings = model.notes.filter { $0.hasPrefix("warning: ") }
    #expect(warnings.count == 2 && warnings[0].contains("OpenAI's ct_imagenet64"), "\(model.notes)")
  }

  @Test(arguments: [
    (
      "64x64_diffusion", "256x256_diffusion_uncond",
      [
        "--num_channels: 256 in the preset, 192 in the file",
        "--num_res_blocks: 2 in the preset, 3 in the file",
        "classes: none in the preset, 1000 in the file", "fits the preset 64x64_diffusion",
      ]
    ),
    (
      "64x64_diffusion", "edm_imagenet64_ema",
      [
        "--learn_sigma: False in the preset, True in the file",
        "dimensions of attention's convolutions: 2 in the preset, 1 in the file",
      ]
    ),
    ("community-all-defaults", "64x64_diffusion", ["--resblock_updown: True in the preset"]),
  ])
  func `a preset with another architecture than the file is refused with the differences`(
    fixture: String, preset: String, says: [String]
  ) {
    let text = message { _ = try description(fixture, preset: preset) }
    #expect(text.contains("does not have the architecture of the preset \(preset)"), "\(text)")
    for part in says { #expect(text.contains(part), "\(text)") }
  }

  @Test(arguments: [
    ("64x64_difusion", "did you mean 64x64_diffusion?"), ("nothing", "the list of presets"),
    ("64x64_classifier", "is a classifier"),
  ])
  func `an unknown preset is refused with a similar one`(name: String, says: String) {
    let text = message { _ = try description("64x64_diffusion", preset: name) }
    #expect(text.contains(name) && text.contains(says), "\(text)")
  }

  @Test(arguments: [
    ("edm_imagenet64_ema", "--noise_schedule cosine", "--noise_schedule has no meaning"),
    ("edm_imagenet64_ema", "--diffusion_steps 1000", "--diffusion_steps has no meaning"),
    ("64x64_diffusion", "--training_mode edm", "--training_mode is a flag of consistency_models"),
    ("64x64_diffusion", "--sigma_max 80", "--sigma_max is a flag of consistency_models"),
    (
      "edm_imagenet64_ema", "--training_mode edm --sigma_min 90",
      "--sigma_min must be less than --sigma_max"
    ),
    ("edm_imagenet64_ema", "--training_mode progdist", "one of edm, consistency_distillation"),
    ("edm_imagenet64_ema", "--sigma_min 0", "must be a positive number"),
  ])
  func `flags of the other kind of process are refused`(
    fixture: String, flags: String, says: String
  ) {
    let text = message {
      _ = try description(fixture, path: "edm_imagenet64_ema.pt", flags: flags)
    }
    #expect(text.contains(says), "\(text)")
  }

  @Test
  func `a network of consistency_models that is not published needs its training mode`() throws {
    var shapes = try StateDictFixture.named("edm_imagenet64_ema").shapes
    // Ten classes.
    shapes["label_emb.weight"]![0] = 10
    let text = message { _ = try ModelDescription(shapes: shapes, flags: nil) }
    #expect(text.contains("--training_mode ?") && !text.contains("--noise_schedule"))
    let flags = "--image_size 64 --num_head_channels 64"
    let incomplete = message {
      _ = try ModelDescription(shapes: shapes, flags: ModelFlags(parsing: flags))
    }
    #expect(incomplete.contains("add --training_mode"))
    let model = try ModelDescription(
      shapes: shapes, flags: ModelFlags(parsing: flags + " --training_mode consistency_training"))
    #expect(model.diffusion == DiffusionConfiguration(Preconditioning(isConsistencyModel: true)))
    #expect(model.unet?.attentionOrder == .new && model.unet?.attentionDimensions == 2)
    #expect(model.origin == .flags)
  }

  @Test
  func `planar attention with learned variances is refused`() throws {
    var shapes = try StateDictFixture.named("edm_imagenet64_ema").shapes
    shapes["out.2.weight"]![0] = 6
    shapes["out.2.bias"] = [6]
    let text = message {
      _ = try ModelDescription(
        shapes: shapes, flags: ModelFlags(parsing: "--training_mode edm --image_size 64"))
    }
    #expect(text.contains("no network of consistency_models does"), "\(text)")
  }
}
