import Diffusion
import Model
import Testing

@Suite("Presets of published checkpoints")
struct PresetTests {
  private static let released = StateDictFixture.all.filter { $0.name.first!.isNumber }

  /// The presets of models that flags describe.
  private static let flagged = ModelPreset.all.filter { $0.latents == nil }

  @Test(arguments: flagged)
  func `a preset has the network that the published command line builds`(_ preset: ModelPreset)
    throws
  {
    let fixture = try StateDictFixture.of(preset)
    var expected = fixture.unet
    if preset.isSuperResolution { expected.inChannels = 6 }
    #expect(preset.unet == expected)
    // The networks of a consistency model and of the model that it was distilled from are the same.
    guard preset.diffusion.preconditioning?.isConsistencyModel != true else {
      #expect(preset.name.hasPrefix("cd_") || preset.name.hasPrefix("ct_"))
      return
    }
    #expect(preset.diffusion == fixture.diffusion)
  }

  @Test(arguments: flagged.filter { !$0.isSuperResolution })
  func `the flags of a preset give its network and its process`(_ preset: ModelPreset) throws {
    let description = try ModelFlags.parse(preset.flags)
    #expect(description.unet == preset.unet)
    #expect(description.diffusion == preset.diffusion)
  }

  @Test(arguments: ModelPreset.all)
  func `the published settings of a preset give a solver`(_ preset: ModelPreset) throws {
    for settings in preset.defaults {
      let name = try #require(SolverSettings.Name(rawValue: settings.sampler))
      let multistep = SolverSettings.Multistep(spacing: settings.spacing)
      let method: SolverSettings.Method =
        switch name {
        case .ddpm: .ddpm
        case .ddim: .ddim(eta: 0)
        case .dpmpp2M: .dpmpp2M(multistep)
        case .uniPC: .uniPC(multistep)
        case .heun: .heun()
        case .consistency: .consistency
        case .plms: .plms
        case .euler: .euler
        case .eulerMaruyama: .eulerMaruyama
        }
      let solver = SolverSettings(method, steps: settings.steps)
      #expect(try solver.makeSolver(for: preset.diffusion).nodes.count > 0)
    }
  }

  @Test(arguments: ClassifierPreset.all)
  func `a classifier's preset equals the one built by the reference`(_ preset: ClassifierPreset)
    throws
  {
    #expect(preset.configuration == (try StateDictFixture.named(preset.name)).classifier)
    #expect(try ClassifierFlags.parse(preset.flags).configuration == preset.configuration)
    #expect(!preset.models.isEmpty)
  }

  @Test
  func `names are unique, and companions are known`() {
    let names = ModelPreset.all.map(\.name) + ClassifierPreset.all.map(\.name)
    #expect(Set(names).count == names.count)
    for companion in ModelPreset.all.flatMap(\.companions) { #expect(names.contains(companion)) }
  }

  @Test
  func `presets with the same architecture differ in the training mode at most`() {
    for preset in ModelPreset.all {
      for other in ModelPreset.all where other.unet.signature == preset.unet.signature {
        #expect(other.unet == preset.unet)
        #expect(
          other.diffusion == preset.diffusion
            || other.diffusion.preconditioning?.isConsistencyModel
              != preset.diffusion.preconditioning?.isConsistencyModel
        )
      }
    }
  }

  @Test
  func `no two classifiers have the same signature`() {
    for preset in ClassifierPreset.all {
      #expect(ClassifierPreset.matching(preset.configuration.signature) == preset)
    }
  }

  @Test(arguments: StateDictFixture.classifiers)
  func `a classifier has the preset with its own name, or none`(_ fixture: StateDictFixture) throws
  {
    let found = try ClassifierSignature.candidates(shapes: fixture.shapes)
      .compactMap(ClassifierPreset.matching)
    #expect(found.map(\.name) == ClassifierPreset.all.map(\.name).filter { $0 == fixture.name })
  }

  @Test(arguments: [
    ("64x64_diffusion", 541, 295.9), ("128x128_diffusion", 493, 421.5),
    ("256x256_diffusion", 567, 553.8), ("256x256_diffusion_uncond", 566, 552.8),
    ("512x512_diffusion", 645, 559.0), ("64_256_upsampler", 567, 311.8),
    ("128_512_upsampler", 537, 308.8), ("cifar10_uncond_50M_500K", 446, 52.5),
    ("imagenet64_uncond_100M_1500K", 450, 121.1), ("imagenet64_cond_270M_250K", 451, 273.0),
    ("lsun_uncond_100M_1200K_bs128", 426, 113.7), ("upsample_cond_500K", 457, 279.8),
    ("edm_imagenet64_ema", 541, 295.9), ("edm_bedroom256_ema", 566, 526.3),
    ("ddpm-ip_cifar10", 494, 57.1), ("ddpm-ip_lsun_tower", 540, 295.1),
    ("ddpm-ip_ffhq128", 638, 542.8), ("ffhq_p2", 362, 93.6),
    ("512x512_diffusion_uncond_finetune_008100", 644, 558.0),
    ("portrait_generator_v001", 644, 139.6),
  ])
  func `a published network has its number of tensors and parameters`(
    name: String, tensors: Int, millions: Double
  ) throws {
    let fixture = try StateDictFixture.named(name)
    #expect(fixture.shapes.count == tensors)
    let preset = try #require(ModelPreset.named(name))
    let count = Architecture.unet(preset.unet).parameterCount
    #expect(fixture.shapes.values.reduce(0) { $0 + $1.reduce(1, *) } == count)
    #expect(abs(Double(count) / 1e6 - millions) < 0.06)
  }

  @Test
  func `every released checkpoint that generates images needs no flags`() throws {
    for fixture in Self.released where !fixture.name.hasSuffix("upsampler") {
      if fixture.header.network.pool == nil {
        let description = try ModelDescription(shapes: fixture.shapes, flags: nil)
        #expect(description.unet == fixture.unet)
        #expect(description.diffusion == fixture.diffusion)
        #expect(description.origin.choice?.preset.name == fixture.name)
      } else {
        let description = try ClassifierDescription(
          shapes: fixture.shapes, flags: nil, imageSize: nil)
        #expect(description.configuration == fixture.classifier)
      }
    }
  }

  @Test(arguments: StateDictFixture.upsamplers)
  func `an upsampler is recognised by its shapes, and is no base model`(
    _ fixture: StateDictFixture
  ) throws {
    let description = try ModelDescription(
      shapes: fixture.shapes, flags: nil, isUpsampler: true)
    #expect(description.origin.choice?.preset.name == fixture.name)
    #expect(description.unet?.enlargesImages == true && description.smallSize != nil)
    let published = try ModelFlags(parsing: try #require(fixture.header.flags), as: .upsampler)
    let preset = try #require(description.origin.choice?.preset)
    #expect(try ModelFlags(parsing: preset.flags, as: .upsampler).smallSize == published.smallSize)
    #expect(throws: ConfigurationError.otherNetwork(.upsampler)) {
      try ModelDescription(shapes: fixture.shapes, flags: nil)
    }
  }

  @Test
  func `a model of images from noise is no upsampler`() throws {
    let fixture = try #require(StateDictFixture.all.first { $0.name == "256x256_diffusion" })
    let text = message {
      _ = try ModelDescription(shapes: fixture.shapes, flags: nil, isUpsampler: true)
    }
    #expect(text.contains("takes three channels"))
  }
}
