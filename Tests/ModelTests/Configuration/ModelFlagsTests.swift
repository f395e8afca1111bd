import Diffusion
import Model
import Testing

@Suite("guided-diffusion's flags")
struct ModelFlagsTests {
  @Test(arguments: StateDictFixture.unets.filter { $0.header.flags != nil })
  func `the reference's command lines give the networks that its code builds from them`(
    _ fixture: StateDictFixture
  ) throws {
    let description = try ModelFlags.parse(try #require(fixture.header.flags))
    #expect(description.unet == fixture.unet)
    #expect(description.diffusion == fixture.diffusion)
    #expect(description.origin == .flags)
  }

  @Test(arguments: StateDictFixture.classifiers.filter { $0.header.flags != nil })
  func `the reference's command lines give the classifiers that its code builds from them`(
    _ fixture: StateDictFixture
  ) throws {
    let description = try ClassifierFlags.parse(try #require(fixture.header.flags))
    #expect(description.configuration == fixture.classifier)
  }

  @Test
  func `the LSUN command line gives the unconditional 256×256 network`() throws {
    let description = try ModelFlags.parse(
      """
      --attention_resolutions 32,16,8 --class_cond False --diffusion_steps 1000 --dropout 0.1 \
      --image_size 256 --learn_sigma True --noise_schedule linear --num_channels 256 \
      --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_fp16 True \
      --use_scale_shift_norm True
      """)
    #expect(description.unet == (try StateDictFixture.named("256x256_diffusion_uncond")).unet)
  }

  @Test
  func `our own flags set what the reference's flags cannot`() throws {
    let description = try ModelFlags.parse(
      "--image_size 32 --num_channels 64 --num_res_blocks 1 --channel_mult 1,2,2"
        + " --attention_resolutions 8 --num_head_channels 32 --learn_sigma True --class_cond True"
        + " --num_classes 10 --noise_schedule cosine --resblock_updown True"
        + " --use_new_attention_order True")
    #expect(description.unet == (try StateDictFixture.named("fashion-mnist-unet")).unet)
    let classifier = try ClassifierFlags.parse(
      "--classifier_width 32 --classifier_channel_mult 1,2,4 --classifier_num_head_channels 32"
        + " --classifier_attention_resolutions 16,8 --classifier_num_classes 10", imageSize: 32)
    #expect(
      classifier.configuration
        == (try StateDictFixture.named("fashion-mnist-classifier")).classifier)
  }

  @Test(arguments: [
    "--channel_mult 0.5,1 --image_size 64 --class_cond yes --num_head_channels -1",
    "--channel_mult=0.5,1 --image_size=64 --class_cond=T --num_head_channels=-1",
    "--channel_mult '0.5,1'  --image_size \"64\"\t--class_cond y",
    "--image_size 128 \\\n --channel_mult 0.5,1.0\n--class_cond 1 --image_size 64",
  ])
  func `a flag can be written in every form that a shell and argparse accept`(text: String) throws {
    let unet = try #require(ModelFlags.parse(text).unet)
    #expect(unet.channelMultipliers == [0.5, 1])
    #expect(unet.imageSize == 64)
    #expect(unet.classCount == 1000)
    #expect(unet.heads == .count(4))
  }

  @Test
  func `every remaining flag changes its setting`() throws {
    let description = try ModelFlags.parse(
      "--channel_mult 1,1 --num_heads 8 --num_heads_upsample 2 --conv_resample False"
        + " --predict_xstart True --rescale_timesteps True --sigma_small True"
        + " --use_scale_shift_norm no --diffusion_steps 4000 --attention_resolutions 64,7")
    #expect(description.unet?.heads == .count(8))
    #expect(description.unet?.headsUp == .count(2))
    #expect(description.unet?.convolvesWhenResampling == false)
    #expect(description.unet?.usesScaleShiftNorm == false)
    #expect(description.unet?.attentionDownsamplings == [1])
    #expect(
      description.diffusion
        == DiffusionConfiguration(
          schedule: .linear, steps: 4000, learnsSigma: false, predictsXStart: true,
          rescalesTimesteps: true, usesSmallSigma: true))
  }

  @Test
  func `training flags are accepted and change nothing`() throws {
    let plain = try ModelFlags.parse("")
    let trained = try ModelFlags.parse(
      "--dropout 0.3 --use_fp16 True --use_checkpoint True --lr 3e-4 --use_kl True"
        + " --rescale_learned_sigmas True --lr_anneal_steps 10 --ema_rate 0.9999 --microbatch -1")
    #expect(plain == trained)
    _ = try ClassifierFlags.parse(
      "--iterations 300000 --anneal_lr True --weight_decay 0.05 --classifier_use_fp16 True"
        + " --noise_schedule cosine")
  }

  @Test(
    arguments: FlagVocabulary.samplingKeys.map { ($0, FlagVocabulary.Place.sampling) }
      + FlagVocabulary.upsamplerKeys.map { ($0, .flags(.upsampler)) }
      + [("classifier_depth", .flags(.classifier))])
  func `a flag that is not of the network is refused with its place`(
    key: String, place: FlagVocabulary.Place
  ) {
    #expect(throws: ConfigurationError.keys(.model, [.elsewhere(key: key, place)])) {
      try ModelFlags.parse("--image_size 64 --\(key) 1")
    }
  }

  @Test(arguments: [
    ("--num_chanels 64", "--num_channels"), ("--image-size 64", "--image_size"),
    ("--attention_resolution 16", "--attention_resolutions"), ("--heads 4", "--num_heads"),
  ])
  func `an unknown flag is refused with the nearest one`(flag: String, nearest: String) {
    let text = message { _ = try ModelFlags.parse(flag) }
    #expect(text.contains(nearest) && text.contains(String(flag.prefix { $0 != " " })))
  }

  @Test(arguments: [
    ("--image_size big", "--image_size"), ("--image_size 0", "--image_size"),
    ("--image_size 99999999999999999999", "--image_size"), ("--num_channels -64", "num_channels"),
    ("--class_cond maybe", "--class_cond"), ("--channel_mult 1,,2", "--channel_mult"),
    ("--channel_mult 1,nan", "--channel_mult"), ("--channel_mult 1,-1", "--channel_mult"),
    ("--noise_schedule sqrt", "linear, cosine"), ("--diffusion_steps 0", "--diffusion_steps"),
    ("--attention_resolutions 16,0", "--attention_resolutions"), ("--num_heads 0", "--num_heads"),
    ("--num_head_channels -2", "--num_head_channels"), ("--num_classes 0", "--num_classes"),
    ("--image_size", "has no value"), ("--image_size --num_heads 4", "has no value"),
    ("image_size 64", "'image_size' is not a flag"), ("--class_cond 'True", "quotation mark"),
    ("--num_classes 10", "--class_cond True"),
  ])
  func `the error for an impossible value names its flag`(text: String, place: String) {
    #expect(message { _ = try ModelFlags.parse(text) }.contains(place))
  }

  @Test(arguments: [
    ("--image_size 32", "--channel_mult"),
    ("--num_channels 100", "multiple of 32"),
    ("--num_channels 64 --channel_mult 0.25,1", "multiple of 32"),
    ("--image_size 36 --channel_mult 1,1,1,1", "not divisible by 8"),
    ("--num_head_channels 48", "--num_head_channels 48 does not divide"),
    ("--num_heads 5", "--num_heads 5 does not divide"),
    ("--num_heads_upsample 3", "--num_heads 3 does not divide"),
    ("--channel_mult 1,1,1,1,1,1,1,1,1,1,1,1,1 --image_size 8192", "number of levels"),
  ])
  func `the error for impossible sizes names their flags`(text: String, reason: String) {
    #expect(message { _ = try ModelFlags.parse(text) }.contains(reason))
  }

  @Test(arguments: [
    ("--num_channels 64", "give it in MODEL_FLAGS"),
    ("--classifier_widht 64", "--classifier_width"),
    ("--classifier_pool max", "adaptive, attention, spatial, spatial_v2"),
    ("--classifier_scale 2", "it is a setting of the sampler"),
    ("--image_size 32", "--classifier_channel_mult"),
    ("--classifier_width 50", "multiple of 32"),
    ("--classifier_num_heads 4", "--classifier_num_head_channels"),
    ("--classifier_num_head_channels 96", "does not divide"),
  ])
  func `a classifier's flags are checked like the model's`(text: String, reason: String) {
    #expect(message { _ = try ClassifierFlags.parse(text) }.contains(reason))
  }

  @Test
  func `a classifier with another image size or other classes is refused`() throws {
    let unet = try StateDictFixture.named("fashion-mnist-unet").unet
    let classifier = try ClassifierFlags.parse("--image_size 64")
    let text = message { try classifier.validate(guiding: .unet(unet)) }
    #expect(text.contains("64 pixels") && text.contains("1000 classes"))
  }
}
