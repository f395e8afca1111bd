import Model
import Testing

@Suite("The configuration of a checkpoint")
struct CheckpointConfigurationTests {
  @Test(arguments: StateDictFixture.unets.filter { $0.header.flags != nil })
  func `the reference's own command line fits the checkpoint it made`(_ fixture: StateDictFixture)
    throws
  {
    let flags = try ModelFlags(parsing: try #require(fixture.header.flags))
    let description = try ModelDescription(shapes: fixture.shapes, flags: flags)
    #expect(description.unet == fixture.unet)
    #expect(description.diffusion == fixture.diffusion)
  }

  @Test
  func `flags that follow from the shapes may be omitted`() throws {
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

  @Test
  func `without flags an unreleased model is refused with the settings that are needed`() throws {
    let fixture = try StateDictFixture.named("community-all-defaults")
    let text = message { _ = try ModelDescription(shapes: fixture.shapes, flags: nil) }
    for part in [
      "--image_size", "--num_heads", "--num_head_channels", "--use_new_attention_order",
      "--noise_schedule", "--diffusion_steps", "--rescale_timesteps", "--num_channels 128",
      "--num_res_blocks 2", "--channel_mult 1,2,3,4", "1/4, 1/8 of the image size",
      "MODEL_FLAGS \"--image_size ?",
    ] { #expect(text.contains(part)) }
  }

  @Test(arguments: StateDictFixture.unets + StateDictFixture.classifiers)
  func `the error lists no setting that the file does not have`(_ fixture: StateDictFixture) {
    let isClassifier = fixture.header.network.pool != nil
    let text = message {
      if isClassifier {
        _ = try ClassifierDescription(shapes: fixture.shapes, flags: nil, imageSize: nil)
      } else {
        _ = try ModelDescription(shapes: fixture.shapes, flags: nil)
      }
    }
    let open =
      #/(?:num_head_channels|num_heads|attention_order|schedule|diffusion_steps|timesteps) (\w+)/#
    for match in text.matches(of: open) where !["or", "if"].contains(match.1) {
      Issue.record("\(match.0)")
    }
  }

  @Test
  func `the inferred flags can be passed unchanged`() throws {
    for fixture in StateDictFixture.unets {
      let known = fixture.unet.signature.knownFlags(imageSize: fixture.unet.imageSize)
      let mode = fixture.header.trainingMode.map { " --training_mode \($0)" } ?? ""
      let flags = try ModelFlags(
        parsing: known + " --image_size \(fixture.unet.imageSize) --num_head_channels 32" + mode)
      let read = try #require(ModelDescription(shapes: fixture.shapes, flags: flags).unet)
      #expect(read.signature == fixture.unet.signature)
    }
  }

  @Test
  func `without flags an unreleased classifier is refused with the settings that are needed`()
    throws
  {
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

  @Test(arguments: [
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
  func `each flag that contradicts the file is reported with the value to use`(
    name: String, flags: String, found: String, use: String
  ) throws {
    let shapes = try StateDictFixture.named(name).shapes
    let text = message {
      _ = try ModelDescription(shapes: shapes, flags: ModelFlags(parsing: flags))
    }
    #expect(text.contains("contradict") && text.contains(found) && text.contains(use))
  }

  @Test
  func `a wrong image size is reported once`() throws {
    let shapes = try StateDictFixture.named("256x256_diffusion").shapes
    let flags = try ModelFlags(parsing: "--image_size 64 --num_head_channels 64")
    let error = #expect(throws: ConfigurationError.self) {
      try ModelDescription(shapes: shapes, flags: flags)
    }
    #expect(error?.details.count == 1)
  }

  @Test
  func `all contradictions are listed at once`() throws {
    let shapes = try StateDictFixture.named("64x64_diffusion").shapes
    let flags = try ModelFlags(
      parsing: "--num_channels 128 --num_res_blocks 2 --learn_sigma False --class_cond False")
    let error = #expect(throws: ConfigurationError.self) {
      try ModelDescription(shapes: shapes, flags: flags)
    }
    #expect(error?.kind == .flags)
    #expect(error?.details.count == 4)
  }

  @Test(arguments: StateDictFixture.unets.filter { $0.name.first!.isNumber })
  func `flags of the wrong released model are refused`(_ fixture: StateDictFixture) throws {
    for other in StateDictFixture.unets.filter({ $0.name.first!.isNumber }) {
      guard other.name != fixture.name else { continue }
      let flags = try ModelFlags(parsing: try #require(other.header.flags))
      #expect(throws: ConfigurationError.self) {
        try ModelDescription(shapes: fixture.shapes, flags: flags)
      }
    }
  }

  @Test(arguments: [
    ("64x64_diffusion", "--image_size 64", ["--num_head_channels 64", "schedule cosine"]),
    ("64x64_diffusion", "--noise_schedule cosine", ["--use_new_attention_order True"]),
    ("128x128_diffusion", "--num_channels 256", ["--image_size 128"]),
    ("256x256_diffusion", "--image_size 256 --noise_schedule linear", ["--num_head_channels 64"]),
    ("cifar10_uncond_50M_500K", "--image_size 32 --diffusion_steps 4000", ["timesteps True"]),
    ("imagenet64_cond_270M_250K", "--image_size 64", ["--diffusion_steps 4000"]),
    ("lsun_uncond_100M_1200K_bs128", "--class_cond False", ["--num_heads 1"]),
  ])
  func `the released settings complete partial flags for a known architecture, with a note`(
    name: String, flags: String, says: [String]
  ) throws {
    let fixture = try StateDictFixture.named(name)
    let description = try ModelDescription(
      shapes: fixture.shapes, flags: ModelFlags(parsing: flags))
    #expect(description.unet == fixture.unet)
    #expect(description.diffusion == fixture.diffusion)
    guard case .completedFlags(let choice) = description.origin else {
      Issue.record("\(description.origin)")
      return
    }
    #expect(choice.preset.name == name)
    #expect(description.notes.count == 1)
    for part in says + [name] { #expect(description.notes[0].contains(part)) }
  }

  @Test(arguments: [
    ("64x64_diffusion", "--noise_schedule linear", "--noise_schedule cosine"),
    ("64x64_diffusion", "--diffusion_steps 4000", "--diffusion_steps 1000"),
    ("64x64_diffusion", "--rescale_timesteps True", "--rescale_timesteps False"),
    ("64x64_diffusion", "--use_new_attention_order False", "--use_new_attention_order True"),
    ("64x64_diffusion", "--num_heads 4", "--num_head_channels 64"),
    ("64x64_diffusion", "--num_head_channels 32", "--num_head_channels 64"),
    ("64x64_diffusion", "--predict_xstart True", "--predict_xstart False"),
    ("64x64_diffusion", "--image_size 32 --channel_mult 1,2,3,4", "--image_size 64"),
    ("128x128_diffusion", "--num_heads 8", "--num_heads 4"),
    ("128x128_diffusion", "--num_heads_upsample 2", "--num_heads_upsample -1"),
    ("cifar10_uncond_50M_500K", "--rescale_timesteps False", "--rescale_timesteps True"),
    ("cifar10_uncond_50M_500K", "--noise_schedule linear", "--noise_schedule cosine"),
  ])
  func `a flag that contradicts the released model of its architecture gives a warning`(
    name: String, flags: String, released: String
  ) throws {
    let shapes = try StateDictFixture.named(name).shapes
    let given = try ModelFlags(parsing: flags)
    let description = try ModelDescription(shapes: shapes, flags: given)
    let warnings = description.notes.filter { $0.hasPrefix("warning: ") }
    #expect(warnings.count == 1)
    let flag = flags.split(separator: " ").prefix(2).joined(separator: " ")
    for part in [flag, name, released] { #expect(warnings[0].contains(part)) }
    #expect(given.schedule == nil || description.diffusion.schedule == given.schedule)
    #expect(description.diffusion.steps == given.diffusionSteps ?? description.diffusion.steps)
  }

  @Test(arguments: StateDictFixture.unets)
  func `flags that agree with the released model cause no note`(_ fixture: StateDictFixture) throws
  {
    guard let flags = fixture.header.flags else { return }
    let description = try ModelDescription(
      shapes: fixture.shapes, flags: ModelFlags(parsing: flags))
    #expect(description.notes.isEmpty)
    #expect(description.origin == .flags)
  }

  @Test
  func `a classifier flag that contradicts the released classifier gives a warning`() throws {
    let shapes = try StateDictFixture.named("128x128_classifier").shapes
    for (flag, released) in [
      ("--classifier_num_head_channels 32", "--classifier_num_head_channels 64"),
      ("--classifier_use_new_attention_order True", "--classifier_use_new_attention_order False"),
    ] {
      let description = try ClassifierDescription(
        shapes: shapes, flags: ClassifierFlags(parsing: flag), imageSize: 128)
      #expect(description.notes.count == 1)
      for part in [flag, "128x128_classifier", released] {
        #expect(description.notes[0].contains(part))
      }
    }
  }

  @Test(arguments: [
    ("input_blocks.0.0.weight", [64, 1, 3, 3], "1 channel: this is a network of grey images"),
    ("input_blocks.0.0.weight", [64, 2, 3, 3], "2 channels"),
    ("input_blocks.0.0.weight", [64, 4, 3, 3], "4 channels"),
    ("input_blocks.0.0.weight", [64, 3, 3], "1-D data"),
    ("input_blocks.0.0.weight", [64, 3, 3, 3, 3], "3-D data"),
    ("out.2.weight", [1, 64, 3, 3], "outputs 1 channels"),
    ("out.2.weight", [12, 64, 3, 3], "outputs 12 channels"),
  ])
  func `a network for other data is refused with its kind`(name: String, shape: [Int], says: String)
    throws
  {
    var shapes = try StateDictFixture.named("fashion-mnist-unet").shapes
    shapes[name] = shape
    let error = #expect(throws: ConfigurationError.self) {
      try ModelDescription(shapes: shapes, flags: nil)
    }
    #expect(error?.kind == .checkpoint)
    #expect(error?.summary.contains(says) == true)
  }

  @Test
  func `a greyscale network is refused because of its channels, with any output and flags`() throws
  {
    var shapes = try StateDictFixture.named("fashion-mnist-unet").shapes
    shapes["input_blocks.0.0.weight"]![1] = 1
    shapes["out.2.weight"]![0] = 2
    for flags in [nil, try ModelFlags(parsing: "--image_size 32")] {
      let text = message { _ = try ModelDescription(shapes: shapes, flags: flags) }
      #expect(text.contains("grey images") && text.contains("and write grey ones"))
    }
    var classifier = try StateDictFixture.named("fashion-mnist-classifier").shapes
    classifier["input_blocks.0.0.weight"]![1] = 1
    let text = message {
      _ = try ClassifierDescription(shapes: classifier, flags: nil, imageSize: nil)
    }
    #expect(text.contains("classifier of grey images"))
  }

  @Test
  func `a wrong network, half a network and unknown pools have different errors`() throws {
    let unet = try StateDictFixture.named("fashion-mnist-unet").shapes
    let half = unet.filter { !$0.key.hasPrefix("output_blocks.") }
    let classifier = try StateDictFixture.named("fashion-mnist-classifier").shapes
    var wide = classifier
    wide["out.2.positional_embedding"]![1] = 33
    let model = { shapes in message { _ = try ModelDescription(shapes: shapes, flags: nil) } }
    let guide = { shapes in
      message { _ = try ClassifierDescription(shapes: shapes, flags: nil, imageSize: nil) }
    }
    #expect(model(classifier).contains("this is a classifier"))
    #expect(model(half).contains("output_blocks are missing"))
    #expect(guide(unet).contains("this is a diffusion model"))
    #expect(guide(wide).contains("not square"))
  }

  @Test(arguments: [
    ("--classifier_width 64", "use --classifier_width 128"),
    ("--classifier_depth 4", "use --classifier_depth 2"),
    ("--image_size 64", "use --image_size 128"),
    ("--classifier_pool adaptive", "use --classifier_pool attention"),
    ("--classifier_num_classes 10", "use --classifier_num_classes 1000"),
    ("--classifier_attention_resolutions 16", "use --classifier_attention_resolutions 32,16,8"),
    ("--classifier_resblock_updown False", "use --classifier_resblock_updown True"),
    ("--classifier_use_scale_shift_norm False", "use --classifier_use_scale_shift_norm True"),
  ])
  func `each classifier flag that contradicts the file is reported with the value to use`(
    flags: String, use: String
  ) throws {
    let shapes = try StateDictFixture.named("128x128_classifier").shapes
    let text = message {
      _ = try ClassifierDescription(
        shapes: shapes, flags: ClassifierFlags(parsing: flags), imageSize: 128)
    }
    #expect(text.contains(use))
  }

  @Test
  func `the error for a classifier whose levels do not follow from the shapes asks for them`()
    throws
  {
    let fixture = try StateDictFixture.named("small-classifier-ambiguous")
    // Four levels of 32×32 images end at 4×4, and so do five levels of 64×64 images. The image size
    // resolves this, but not if no pool determines the last resolution.
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
