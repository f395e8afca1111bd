import Model
import Testing

@Suite("The configuration of a checkpoint")
struct CheckpointConfigurationTests {
  @Test(
    "the reference's own command line fits the checkpoint it made",
    arguments: StateDictFixture.unets.filter { $0.header.flags != nil })
  func referenceFlags(_ fixture: StateDictFixture) throws {
    let flags = try ModelFlags(parsing: try #require(fixture.header.flags))
    let description = try ModelDescription(shapes: fixture.shapes, flags: flags)
    #expect(description.unet == fixture.unet)
    #expect(description.diffusion == fixture.diffusion)
  }

  @Test("flags that the shapes determine may be left out")
  func partialFlags() throws {
    let fixture = try StateDictFixture.named("fashion-mnist-unet")
    let description = try ModelDescription(
      shapes: fixture.shapes,
      flags: ModelFlags(
        parsing: "--image_size 32 --num_head_channels 32 --use_new_attention_order True"
          + " --noise_schedule cosine"))
    #expect(description.unet == fixture.unet)
    let classifier = try StateDictFixture.named("fashion-mnist-classifier")
    let guide = try ClassifierDescription(
      shapes: classifier.shapes,
      flags: ClassifierFlags(parsing: "--classifier_num_head_channels 32"),
      imageSize: 32)
    #expect(guide.configuration == classifier.classifier)
  }

  @Test("without flags an unreleased model is refused with all that has to be given")
  func neededFlags() throws {
    let fixture = try StateDictFixture.named("community-ffhq_10m")
    let text = message { _ = try ModelDescription(shapes: fixture.shapes, flags: nil) }
    for part in [
      "--image_size", "--num_heads", "--num_head_channels", "--use_new_attention_order",
      "--noise_schedule", "--diffusion_steps", "--rescale_timesteps", "--num_channels 128",
      "--num_res_blocks 1", "--channel_mult 1,1,2,2,4,4", "--model-flags \"--image_size 256",
    ] { #expect(text.contains(part)) }
  }

  @Test("the example in the refusal can be given as it is")
  func exampleIsAccepted() throws {
    for fixture in StateDictFixture.unets {
      let text = message { _ = try ModelDescription(shapes: fixture.shapes, flags: nil) }
      guard let start = text.range(of: "--model-flags \"") else { continue }
      let example = text[start.upperBound...].prefix { $0 != "\"" }
        .replacing("--num_head_channels 64", with: "--num_head_channels 32")
      let flags = try ModelFlags(parsing: String(example))
      _ = try ModelDescription(shapes: fixture.shapes, flags: flags)
    }
    for fixture in StateDictFixture.classifiers {
      let text = message {
        _ = try ClassifierDescription(shapes: fixture.shapes, flags: nil, imageSize: nil)
      }
      guard let start = text.range(of: "--classifier-flags \"") else { continue }
      let example = text[start.upperBound...].prefix { $0 != "\"" }
        .replacing("--classifier_num_head_channels 64", with: "--classifier_num_head_channels 32")
      let flags = try ClassifierFlags(parsing: String(example))
      _ = try ClassifierDescription(shapes: fixture.shapes, flags: flags, imageSize: nil)
    }
  }

  @Test("without flags an unreleased classifier is refused with all that has to be given")
  func neededClassifierFlags() throws {
    let fixture = try StateDictFixture.named("fashion-mnist-classifier")
    let text = message {
      _ = try ClassifierDescription(shapes: fixture.shapes, flags: nil, imageSize: nil)
    }
    for part in [
      "--classifier_num_head_channels", "--classifier_use_new_attention_order",
      "--image_size 32", "--classifier_width 32", "--classifier_channel_mult 1,2,4",
      "--classifier_attention_resolutions 16,8", "--classifier_num_classes 10",
    ] { #expect(text.contains(part)) }
  }

  @Test(
    "each flag that contradicts the file is named with the value to use",
    arguments: [
      ("64x64_diffusion", "--num_channels 128", "192 wide", "use --num_channels 192"),
      ("64x64_diffusion", "--num_res_blocks 2", "3 at each", "use --num_res_blocks 3"),
      ("64x64_diffusion", "--channel_mult 1,2,2,2", "192, 384, 576", "use --channel_mult 1,2,3,4"),
      ("64x64_diffusion", "--class_cond False", "label_emb", "use --class_cond True"),
      ("64x64_diffusion", "--class_cond True --num_classes 10", "1000", "use --num_classes 1000"),
      ("64x64_diffusion", "--learn_sigma False", "out.2.weight", "use --learn_sigma True"),
      ("64x64_diffusion", "--resblock_updown False", "residual", "use --resblock_updown True"),
      (
        "64x64_diffusion", "--use_scale_shift_norm False", "scale and a shift",
        "use --use_scale_shift_norm True"
      ),
      (
        "64x64_diffusion", "--attention_resolutions 16", "2, 4, 8 times",
        "use --attention_resolutions 32,16,8"
      ),
      (
        "256x256_diffusion", "--image_size 64 --num_head_channels 64", "256, 256, 512",
        "use --image_size 256, or --channel_mult 1,1,2,2,4,4"
      ),
      ("256x256_diffusion_uncond", "--class_cond True", "no label_emb", "use --class_cond False"),
      (
        "small-conv", "--image_size 32 --resblock_updown True", "convolutions",
        "use --resblock_updown False"
      ),
      (
        "small-plain", "--image_size 32 --resblock_updown True", "no tensors between",
        "use --resblock_updown False --conv_resample False"
      ),
      (
        "small-plain", "--image_size 32 --conv_resample True", "no tensors between",
        "use --conv_resample False"
      ),
      (
        "small-conv", "--image_size 32 --conv_resample False", "convolutions",
        "use --conv_resample True"
      ),
      (
        "small-no-attention", "--image_size 32 --attention_resolutions 16", "no attention",
        "use --attention_resolutions \"\""
      ),
    ])
  func contradiction(name: String, flags: String, found: String, use: String) throws {
    let shapes = try StateDictFixture.named(name).shapes
    let text = message {
      _ = try ModelDescription(shapes: shapes, flags: ModelFlags(parsing: flags))
    }
    #expect(text.contains("contradict") && text.contains(found) && text.contains(use))
  }

  @Test("a wrong image size is told of once")
  func wrongImageSize() throws {
    let shapes = try StateDictFixture.named("256x256_diffusion").shapes
    let flags = try ModelFlags(parsing: "--image_size 64 --num_head_channels 64")
    let error = #expect(throws: ConfigurationError.self) {
      try ModelDescription(shapes: shapes, flags: flags)
    }
    #expect(error?.details.count == 1)
  }

  @Test("all contradictions are listed at once")
  func allContradictions() throws {
    let shapes = try StateDictFixture.named("64x64_diffusion").shapes
    let flags = try ModelFlags(
      parsing: "--num_channels 128 --num_res_blocks 2 --learn_sigma False --class_cond False")
    let error = #expect(throws: ConfigurationError.self) {
      try ModelDescription(shapes: shapes, flags: flags)
    }
    #expect(error?.kind == .flags)
    #expect(error?.details.count == 4)
  }

  @Test(
    "flags of the wrong released model are refused",
    arguments: StateDictFixture.unets.filter { $0.name.first!.isNumber })
  func flagsOfAnotherModel(_ fixture: StateDictFixture) throws {
    for other in StateDictFixture.unets.filter({ $0.name.first!.isNumber }) {
      guard other.name != fixture.name else { continue }
      let flags = try ModelFlags(parsing: try #require(other.header.flags))
      #expect(throws: ConfigurationError.self) {
        try ModelDescription(shapes: fixture.shapes, flags: flags)
      }
    }
  }

  @Test("flags that leave open what a released checkpoint needs are refused, not completed")
  func undecided() throws {
    let shapes = try StateDictFixture.named("64x64_diffusion").shapes
    let text = message {
      _ = try ModelDescription(shapes: shapes, flags: ModelFlags(parsing: "--image_size 64"))
    }
    for part in [
      "64x64_diffusion", "--num_head_channels 64", "--use_new_attention_order True",
      "--noise_schedule cosine",
    ] { #expect(text.contains(part)) }
    let decided = try ModelFlags(
      parsing: "--num_heads 4 --use_new_attention_order False --noise_schedule linear")
    #expect(try ModelDescription(shapes: shapes, flags: decided).unet.heads == .count(4))
  }

  @Test(
    "each classifier flag that contradicts the file is named with the value to use",
    arguments: [
      ("--classifier_width 64", "use --classifier_width 128"),
      ("--classifier_depth 4", "use --classifier_depth 2"),
      ("--image_size 64", "use --image_size 128"),
      ("--classifier_pool adaptive", "use --classifier_pool attention"),
      ("--classifier_num_classes 10", "use --classifier_num_classes 1000"),
      ("--classifier_attention_resolutions 16", "use --classifier_attention_resolutions 32,16,8"),
      ("--classifier_resblock_updown False", "use --classifier_resblock_updown True"),
      ("--classifier_use_scale_shift_norm False", "use --classifier_use_scale_shift_norm True"),
    ])
  func classifierContradiction(flags: String, use: String) throws {
    let shapes = try StateDictFixture.named("128x128_classifier").shapes
    let text = message {
      _ = try ClassifierDescription(
        shapes: shapes, flags: ClassifierFlags(parsing: flags), imageSize: 128)
    }
    #expect(text.contains(use))
  }

  @Test("a classifier whose levels the shapes do not tell apart asks for them")
  func ambiguousLevels() throws {
    let fixture = try StateDictFixture.named("small-classifier-ambiguous")
    // Four levels of 32×32 images end at 4×4, as those of 64×64 images do at five: the image size
    // settles it here, and so it does not where no pool fixes the last resolution.
    let flags = try ClassifierFlags(parsing: "--image_size 32 --classifier_num_head_channels 32")
    let description = try ClassifierDescription(
      shapes: fixture.shapes, flags: flags, imageSize: nil)
    #expect(description.configuration == fixture.classifier)
    var shapes = fixture.shapes.filter { !$0.key.hasPrefix("out.") }
    shapes["out.0.weight"] = [32]
    shapes["out.3.weight"] = [10, 32, 1, 1]
    let text = message {
      _ = try ClassifierDescription(shapes: shapes, flags: flags, imageSize: nil)
    }
    #expect(text.contains("--classifier_depth 2 --classifier_channel_mult 1,1,1,1"))
    #expect(text.contains("--classifier_depth 5 --classifier_channel_mult 1,1"))
  }
}
