import Model
import Testing

@Suite("What the shapes of a state dict say")
struct ConfigurationInferenceTests {
  @Test(arguments: StateDictFixture.unets)
  func `a UNet's shapes give its architecture`(_ fixture: StateDictFixture) throws {
    let signature = try UNetSignature(shapes: fixture.shapes)
    #expect(signature == fixture.unet.signature)
  }

  @Test(arguments: StateDictFixture.upsamplers)
  func `an upsampler's shapes give its architecture`(_ fixture: StateDictFixture) throws {
    var expected = fixture.unet
    expected.inChannels = 6
    #expect(try UNetSignature(shapes: fixture.shapes) == expected.signature)
  }

  @Test(arguments: StateDictFixture.classifiers)
  func `a classifier's shapes give its architecture`(_ fixture: StateDictFixture) throws {
    let candidates = try ClassifierSignature.candidates(shapes: fixture.shapes)
    #expect(candidates.contains(fixture.classifier.signature))
    #expect(candidates.count == (fixture.name.hasSuffix("ambiguous") ? 5 : 1))
  }

  @Test
  func `the multipliers inferred from the widths give the same widths`() throws {
    for fixture in StateDictFixture.unets {
      var configuration = fixture.unet
      let signature = try UNetSignature(shapes: fixture.shapes)
      configuration.channelMultipliers = signature.encoder.channelMultipliers
      #expect(configuration.signature == signature)
    }
    var encoder = try UNetSignature(shapes: StateDictFixture.unets[0].shapes).encoder
    encoder.widths = Array(1...200)
    for channels in 1...200 {
      encoder.modelChannels = channels
      #expect(encoder.channelMultipliers.map { Int($0 * Double(channels)) } == encoder.widths)
    }
  }

  @Test(
    arguments: [
      (["model.diffusion_model.time_embed.0.weight": [768, 192]], "latent diffusion"),
      (["down_blocks.0.resnets.0.conv1.weight": [32, 32, 3, 3]], "diffusers"),
      (["time_embedding.linear_1.weight": [768, 192]], "diffusers"),
      (["module.time_embed.0.weight": [768, 192]], "no time_embed.0.weight"),
      (["layer1.0.conv1.weight": [64, 64, 3, 3]], "no time_embed.0.weight"),
      (["input_blocks.1.1.transformer_blocks.0.norm1.weight": [64]], "cross-attention"),
      ([:], "no tensors"),
    ] as [([String: [Int]], String)])
  func `the error for a checkpoint of another kind names its kind`(
    shapes: [String: [Int]], reason: String
  ) {
    #expect(message { _ = try UNetSignature(shapes: shapes) }.contains(reason))
    #expect(message { _ = try ClassifierSignature.candidates(shapes: shapes) }.contains(reason))
  }

  @Test
  func `a UNet passed as the classifier and a classifier passed as the model are recognised`()
    throws
  {
    let unet = try StateDictFixture.named("fashion-mnist-unet").shapes
    let classifier = try StateDictFixture.named("fashion-mnist-classifier").shapes
    #expect(throws: ConfigurationError.otherNetwork(.classifier)) {
      try UNetSignature(shapes: classifier)
    }
    #expect(throws: ConfigurationError.otherNetwork(.model)) {
      try ClassifierSignature.candidates(shapes: unet)
    }
  }

  @Test(arguments: ["small-half", "small-plain"])
  func `no missing or absurd tensor causes a trap`(name: String) throws {
    let whole = try StateDictFixture.named(name).shapes
    for name in whole.keys {
      for shape in absurdShapes {
        var shapes = whole
        shapes[name] = shape
        try readOrRefuse {
          _ = try ModelDescription(shapes: shapes, flags: ModelFlags(parsing: "--image_size 32"))
        }
      }
    }
  }

  @Test(arguments: ["small-classifier-spatial_v2", "fashion-mnist-classifier"])
  func `no missing or absurd tensor of a classifier causes a trap`(name: String) throws {
    let whole = try StateDictFixture.named(name).shapes
    for name in whole.keys {
      for shape in absurdShapes {
        var shapes = whole
        shapes[name] = shape
        try readOrRefuse {
          _ = try ClassifierDescription(
            shapes: shapes, flags: ClassifierFlags(parsing: "--image_size 32"), imageSize: nil)
        }
      }
    }
  }

  /// Runs a function that reads shapes. It may only throw errors with a message for the user.
  private func readOrRefuse(_ body: () throws -> Void) throws {
    do { try body() } catch is ConfigurationError {}
  }

  @Test(arguments: [
    "input_blocks.99999999999999999999.0.weight", "input_blocks.-1.0.weight",
    "input_blocks.4096.0.weight", "input_blocks.x.weight", "input_blocks.",
  ])
  func `the error for a name with an absurd index gives the name`(name: String) throws {
    var shapes = try StateDictFixture.named("small-conv").shapes
    shapes[name] = [1]
    #expect(message { _ = try UNetSignature(shapes: shapes) }.contains(name))
  }

  @Test
  func `the control characters of a name are not printed`() throws {
    let text = message { _ = try UNetSignature(shapes: ["\u{1b}[31mred\u{7}": [1]]) }
    #expect(!text.contains("\u{1b}") && !text.contains("\u{7}") && text.contains("red"))
  }

  private var absurdShapes: [[Int]?] {
    [nil, [], [0, 0, 0, 0], [1, 1, 1, 1], [Int.max, Int.max], [Int.min, -1, 3, 3]]
      + [[Int.max, Int.max, 3, 3], [4_000_000, 1_000_000], [4_000_000, 3, 3, 3]]
  }
}

/// Returns the text of the `ConfigurationError` that `body` throws, or an empty text if it throws
/// none.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch let error as ConfigurationError {
    return error.description
  } catch {
    return "another error: \(error)"
  }
}
