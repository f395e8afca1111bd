import Model
import Testing

@Suite("Presets of the released checkpoints")
struct PresetTests {
  private static let released = StateDictFixture.all.filter { $0.name.first!.isNumber }

  @Test(arguments: ModelPreset.all)
  func `a preset equals the network built by the reference's command line`(_ preset: ModelPreset)
    throws
  {
    let fixture = try StateDictFixture.named(preset.name)
    var expected = fixture.unet
    if preset.isSuperResolution { expected.inChannels = 6 }
    #expect(preset.unet == expected)
    #expect(preset.diffusion == fixture.diffusion)
  }

  @Test(arguments: ClassifierPreset.all)
  func `a classifier's preset equals the one built by the reference`(_ preset: ClassifierPreset)
    throws
  {
    #expect(preset.configuration == (try StateDictFixture.named(preset.name)).classifier)
  }

  @Test
  func `no two presets have the same signature`() {
    for preset in ModelPreset.all {
      #expect(ModelPreset.all.filter { $0.unet.signature == preset.unet.signature }.count == 1)
    }
    for preset in ClassifierPreset.all {
      let same = ClassifierPreset.all.filter {
        $0.configuration.signature == preset.configuration.signature
      }
      #expect(same.count == 1)
    }
  }

  @Test(arguments: StateDictFixture.unets + StateDictFixture.upsamplers)
  func `a network has the preset with its own name, or none`(_ fixture: StateDictFixture) throws {
    let preset = ModelPreset.matching(try UNetSignature(shapes: fixture.shapes))
    #expect(preset?.name == ModelPreset.named(fixture.name)?.name)
  }

  @Test(arguments: StateDictFixture.classifiers)
  func `a classifier has the preset with its own name, or none`(_ fixture: StateDictFixture) throws
  {
    let found = try ClassifierSignature.candidates(shapes: fixture.shapes)
      .compactMap(ClassifierPreset.matching)
    #expect(found.map(\.name) == ClassifierPreset.all.map(\.name).filter { $0 == fixture.name })
  }

  @Test(arguments: [
    ("cifar10_uncond_50M_500K", 446, 52.5), ("imagenet64_uncond_100M_1500K", 450, 121.1),
    ("imagenet64_cond_270M_250K", 451, 273.0), ("lsun_uncond_100M_1200K_bs128", 426, 113.7),
    ("upsample_cond_500K", 457, 279.8),
  ])
  func `improved-diffusion's released networks are known`(
    name: String, tensors: Int, millions: Double
  ) throws {
    let fixture = try StateDictFixture.named(name)
    #expect(fixture.shapes.count == tensors)
    let values = fixture.shapes.values.reduce(0) { $0 + $1.reduce(1, *) }
    #expect(abs(Double(values) / 1e6 - millions) < 0.06)
    #expect(ModelPreset.named(name) != nil)
  }

  @Test
  func `every released checkpoint that generates images needs no flags`() throws {
    for fixture in Self.released where !fixture.name.hasSuffix("upsampler") {
      if fixture.header.network.pool == nil {
        let description = try ModelDescription(shapes: fixture.shapes, flags: nil)
        #expect(description.unet == fixture.unet)
        #expect(description.diffusion == fixture.diffusion)
        #expect(description.origin == .preset(fixture.name))
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
    #expect(description.origin == .preset(fixture.name))
    #expect(description.unet.enlargesImages && description.smallSize != nil)
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
