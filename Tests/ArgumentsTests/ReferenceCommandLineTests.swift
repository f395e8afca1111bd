import Arguments
import Job
import Model
import Testing

@Suite("guided-diffusion's command lines")
struct ReferenceCommandLineTests {
  /// A sampling command of the reference's README.md, with its shell variables expanded.
  struct Released: Sendable, CustomTestStringConvertible {
    let name: String
    let modelFlags: String
    let rest: String
    /// The equivalent options of this program, without the flags.
    let own: [String]
    let classifierFlags: String?
    var testDescription: String { name }

    var words: [String] { (modelFlags + " " + rest).split(separator: " ").map(String.init) }
  }

  private static let sampleFlags = "--batch_size 4 --num_samples 100 --timestep_respacing 250"
  private static let ownSampling =
    ["--steps", "250", "--sampler", "ddpm", "--num-samples", "100", "--batch-size", "4"]

  private static func guided(
    _ size: String, _ flags: String, scale: String, classifier: String? = nil,
    depth: String? = nil, model: String? = nil
  ) -> Released {
    let (model, guide) = (model ?? "models/\(size)_diffusion.pt", "models/\(size)_classifier.pt")
    return Released(
      name: model, modelFlags: flags,
      rest: "--classifier_scale \(scale) --classifier_path \(guide)"
        + (depth.map { " --classifier_depth \($0)" } ?? "")
        + " --model_path \(model) \(sampleFlags)",
      own: ["--model", model, "--classifier", guide, "--classifier-scale", scale] + ownSampling,
      classifierFlags: depth.map { "--classifier_depth \($0)" })
  }

  private static func wide(_ size: Int, classes: Bool, heads: String, fp16: Bool = true) -> String {
    "--attention_resolutions 32,16,8 --class_cond \(classes ? "True" : "False")"
      + " --diffusion_steps 1000 --image_size \(size) --learn_sigma True --noise_schedule linear"
      + " --num_channels 256 \(heads) --num_res_blocks 2 --resblock_updown True"
      + " --use_fp16 \(fp16 ? "True" : "False") --use_scale_shift_norm True"
  }

  static let released = [
    guided(
      "64x64",
      "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --dropout 0.1"
        + " --image_size 64 --learn_sigma True --noise_schedule cosine --num_channels 192"
        + " --num_head_channels 64 --num_res_blocks 3 --resblock_updown True"
        + " --use_new_attention_order True --use_fp16 True --use_scale_shift_norm True",
      scale: "1.0", depth: "4"),
    guided("128x128", wide(128, classes: true, heads: "--num_heads 4"), scale: "0.5"),
    guided("256x256", wide(256, classes: true, heads: "--num_head_channels 64"), scale: "1.0"),
    guided(
      "256x256", wide(256, classes: false, heads: "--num_head_channels 64"), scale: "10.0",
      model: "models/256x256_diffusion_uncond.pt"),
    guided(
      "512x512", wide(512, classes: true, heads: "--num_head_channels 64", fp16: false),
      scale: "4.0"),
    Released(
      name: "LSUN", modelFlags: wide(256, classes: false, heads: "--num_head_channels 64"),
      rest: "--model_path models/lsun_bedroom.pt --batch_size 4 --num_samples 100"
        + " --timestep_respacing 1000",
      own: [
        "--model", "models/lsun_bedroom.pt", "--steps", "1000", "--sampler", "ddpm",
        "--num-samples", "100", "--batch-size", "4",
      ], classifierFlags: nil),
    Released(
      name: "25 steps of DDIM",
      modelFlags: "--attention_resolutions 32,16,8 --class_cond True --image_size 128"
        + " --learn_sigma True --num_channels 256 --num_heads 4 --num_res_blocks 2"
        + " --resblock_updown True --use_fp16 True --use_scale_shift_norm True",
      rest: "--model_path /path/to/model.pt --classifier_path path/to/classifier.pt"
        + " --image_size 128 --classifier_attention_resolutions 32,16,8 --classifier_depth 2"
        + " --classifier_width 128 --classifier_pool attention --classifier_resblock_updown True"
        + " --classifier_use_scale_shift_norm True --classifier_scale 1.0"
        + " --classifier_use_fp16 True --batch_size 4 --num_samples 50000"
        + " --timestep_respacing ddim25 --use_ddim True",
      own: [
        "--model", "/path/to/model.pt", "--classifier", "path/to/classifier.pt",
        "--classifier-scale", "1.0", "--steps", "ddim25", "--sampler", "ddim",
        "--num-samples", "50000", "--batch-size", "4",
      ],
      classifierFlags: "--classifier_attention_resolutions 32,16,8 --classifier_depth 2"
        + " --classifier_width 128 --classifier_pool attention --classifier_resblock_updown True"
        + " --classifier_use_scale_shift_norm True"),
  ]

  @Test(arguments: released)
  func `a sampling command from the README gives the same job`(_ released: Released) throws {
    for words in [released.words, ["sample"] + released.words] {
      let own = try Translated(words)
      #expect(own.options == Translated(own: released.own).options)
      #expect(try own.modelFlags == ModelFlags(parsing: released.modelFlags))
      #expect(try own.classifierFlags == released.classifierFlags.map(ClassifierFlags.init))
    }
  }

  @Test(arguments: [
    ("--timestep_respacing ddim25", ["--steps", "ddim25", "--sampler", "ddpm"]),
    ("--timestep_respacing ddim25 --use_ddim False", ["--steps", "ddim25", "--sampler", "ddpm"]),
    ("--timestep_respacing 250 --use_ddim True", ["--steps", "250", "--sampler", "ddim"]),
    ("--use_ddim=t --timestep_respacing=10,10,5", ["--steps", "10,10,5", "--sampler", "ddim"]),
    ("--use_ddim 1", ["--sampler", "ddim", "--steps", ""]),
    ("--use_ddim no", ["--sampler", "ddpm", "--steps", ""]),
    ("--model_path a.pt", ["--model", "a.pt", "--sampler", "ddpm", "--steps", ""]),
    ("--model_path a.pt --steps ddim25", ["--model", "a.pt", "--steps", "ddim25"]),
    ("--timestep_respacing 5 --sampler ddim", ["--steps", "5", "--sampler", "ddim"]),
    ("--use_ddim True --steps 50", ["--sampler", "ddim", "--steps", "50"]),
    (
      "--use_ddim True --timestep_respacing 5 --use_ddim 0",
      ["--steps", "5", "--sampler", "ddpm"]
    ),
  ])
  func `the sampler follows from --use_ddim alone, as in the scripts`(typed: String, own: [String])
    throws
  {
    #expect(try Translated(typed).options == Translated(own: own).options)
  }

  @Test
  func `an empty respacing keeps every timestep`() throws {
    let own = try Translated(["--model_path", "a.pt", "--timestep_respacing", ""])
    #expect(own.options["--steps"] == "")
    #expect(!own.notes.contains { $0.contains("not given: taking all") })
  }

  @Test(arguments: [
    ("--model_path a.pt", ["all of the model's timesteps", "100 images"]),
    ("--model_path a.pt --classifier_path b.pt", ["--classifier_scale is not given: using 1"]),
    ("--timestep_respacing ddim25 --num_samples 5", ["no --use_ddim → --sampler ddpm"]),
    ("--use_ddim True --steps 5", ["--use_ddim True → --sampler ddim"]),
    ("--timestep_respacing 250", ["--timestep_respacing 250 → --steps 250"]),
  ])
  func `the job reports which defaults of the scripts it uses and which it does not`(
    typed: String, says: [String]
  ) throws {
    let notes = try Translated(typed).notes.joined(separator: "\n")
    for part in says { #expect(notes.contains(part)) }
  }

  @Test
  func `the scripts' default scale of 1 applies only to their own commands`() throws {
    let given = "--model_path a.pt --classifier_path b.pt"
    #expect(try Translated(given).options["--classifier-scale"] == "1")
    #expect(try Translated(given + " --classifier-scale 2").options["--classifier-scale"] == "2")
    #expect(try Translated("--model a.pt --classifier b.pt").options["--classifier-scale"] == nil)
  }

  @Test
  func `a command with only our own options is unchanged`() throws {
    let words = [
      "sample", "--model", "a.pt", "--model-flags", "--image_size 64 --class_cond True",
      "--classes", "1", "--steps", "ddim25", "--out", "x_y", "--", "--model_path",
    ]
    let own = try ReferenceCommandLine(words) { [] }
    #expect(own.words == words)
    #expect(own.notes.isEmpty)
    let verify = ["verify", "--model_path"]
    #expect(try ReferenceCommandLine(verify, command: "verify") { [] }.words == verify)
  }

  @Test(arguments: [
    ("--per_class 3", ["--per-class", "3"]), ("--per_class=3", ["--per-class=3"]),
    ("--no_clip_denoised", ["--no-clip-denoised"]), ("--not_ours 3", ["--not_ours", "3"]),
  ])
  func `our own long options may be written with underscores`(typed: String, own: [String]) throws {
    let words = typed.split(separator: " ").map(String.init)
    let options: Set = ["--per-class", "--no-clip-denoised"]
    #expect(try ReferenceCommandLine(words) { options }.words == own)
  }

  @Test(arguments: [
    "--model-flags --attention_resolutions 32,16,8 --class_cond True --sampler ddim",
    "--sampler ddim --model-flags --class_cond=True --attention_resolutions 32,16,8",
    "--model-flags=--attention_resolutions 32,16,8 --sampler ddim --class_cond True",
    "--attention_resolutions=32,16,8 --sampler ddim --model-flags --class_cond True",
  ])
  func `flags after --model-flags need no quotes`(typed: String) throws {
    let own = try Translated(typed)
    #expect(own.options["--sampler"] == "ddim")
    #expect(
      try own.modelFlags
        == ModelFlags(parsing: "--attention_resolutions 32,16,8 --class_cond True"))
    #expect(own.options["--classifier-flags"] == nil)
  }

  @Test(
    arguments: ["--class_cond False --image_size 64", "--class_cond=False"],
    ["--guide", "--upsampler", "--upsampler-classifier"])
  func `the flags of a guide or an upsampler stay one text`(flags: String, network: String) throws {
    let option = "\(network)-flags"
    let own = try Translated([network, "b.pt", option, flags, "--steps", "20"])
    #expect(own.options[option] == flags)
    #expect(own.options["--model-flags"] == nil && own.options["--steps"] == "20")
    let error = #expect(throws: Failure.self) {
      try Translated([option, "--class_cond", "False"])
    }
    #expect(error?.status == .usage && error?.message.contains("quotation marks") == true)
  }

  @Test
  func `flags in one pair of quotes give the same result`() throws {
    let own = try Translated(["--class_cond True  --image_size=64\n", "--sampler", "ddim"])
    #expect(try own.modelFlags == ModelFlags(parsing: "--class_cond True --image_size 64"))
    #expect(own.options == ["--sampler": "ddim"])
    let path = ["--model_path=my models/a.pt", "--steps", "5"]
    #expect(try Translated(path).options["--model"] == "my models/a.pt")
  }

  @Test
  func `a flag may have any value`() throws {
    let own = try Translated([
      "--channel_mult", "", "--num_head_channels", "-1", "--attention_resolutions", "32, 16",
    ])
    let flags = try #require(own.modelFlags)
    #expect(flags.channelMultipliers == nil)
    #expect(flags.headChannels == nil)
    #expect(flags.attentionResolutions == [32, 16])
  }

  @Test
  func `the README's command for an upsampler enlarges the base samples`() throws {
    let flags =
      "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --large_size 256"
      + " --small_size 64 --learn_sigma True --noise_schedule linear --num_channels 192"
      + " --num_heads 4 --num_res_blocks 2 --resblock_updown True --use_fp16 True"
      + " --use_scale_shift_norm True"
    var own = try Translated(
      flags + " --model_path models/64_256_upsampler.pt --base_samples 64_samples.npz"
        + " --batch_size 4 --num_samples 100 --timestep_respacing 250 --use_ddim True")
    let given = own.options.removeValue(forKey: "--upsampler-flags") ?? ""
    let upsampler = try ModelFlags(parsing: given, as: .upsampler)
    #expect(upsampler.imageSize == 256 && upsampler.smallSize == 64 && upsampler.heads == 4)
    #expect(
      own.options == [
        "--upsampler": "models/64_256_upsampler.pt", "--base-samples": "64_samples.npz",
        "--upsampler-batch-size": "4", "--num-samples": "100", "--upsampler-steps": "250",
      ])
    #expect(own.notes.contains { $0.contains("--use_ddim True is ignored") })
  }

  @Test(arguments: [
    "--use_fp16 True", "--dropout 0.1", "--use_checkpoint False", "--classifier_use_fp16 True",
    "--use_kl True", "--rescale_learned_sigmas False",
  ])
  func `options of the scripts that do not change images are accepted`(typed: String) throws {
    let own = try Translated("--steps 5 " + typed)
    #expect(own.options == ["--steps": "5"])
    #expect(own.notes.isEmpty)
  }

  @Test(arguments: [
    ("--lr 1e-4", ["--lr", "training"]), ("--data_dir x", ["--data_dir", "training"]),
    ("--base_samples x.npz --clip_denoised False", ["--clip_denoised False", "upsampler"]),
    ("--large_size 256 --small_size 64", ["--large_size", "--upsampler-flags"]),
    ("--base_samples x --base-samples y", ["--base-samples and --base_samples"]),
    ("--use_ddim", ["--use_ddim needs a value"]),
    ("--use_ddim --num_samples 5", ["--use_ddim needs a value"]),
    ("--use_ddim maybe", ["--use_ddim is maybe", "True or False"]),
    ("--model a.pt --model_path a.pt", ["--model and --model_path"]),
    ("--model_path a.pt --model=a.pt", ["--model and --model_path"]),
    ("--classifier a --classifier_path a", ["--classifier and --classifier_path"]),
    ("--steps 5 --timestep_respacing 5", ["--steps and --timestep_respacing"]),
    ("--sampler ddim --use_ddim True", ["--sampler and --use_ddim"]),
    ("--num-samples 5 --num_samples 5", ["--num-samples and --num_samples"]),
    ("--batch-size 5 --batch_size 5", ["--batch-size and --batch_size"]),
    ("--clip_denoised 1 --no-clip-denoised", ["--no-clip-denoised and --clip_denoised"]),
    ("--model-flags=x --num_heads 4", ["--model-flags and --num_heads"]),
    ("--classifier-flags=x --classifier_depth 4", ["--classifier-flags and --classifier_depth"]),
    (
      "--model-flags --sampler ddim", ["--model-flags needs a value", "--sampler is a different"]
    ),
  ])
  func `an option that cannot be followed is refused by name`(typed: String, says: [String]) {
    let error = #expect(throws: Failure.self) { try Translated(typed) }
    #expect(error?.status == .usage)
    for part in says { #expect(error?.message.contains(part) == true) }
  }

  @Test
  func `inspect takes the file and the flags`() throws {
    let model = "--model_path a.pt --image_size 64 --use_fp16 True"
    #expect(
      try Translated(model, command: "inspect").words
        == ["inspect", "a.pt", "--model-flags", "--image_size=64"])
    let classifier = "b.pt --image_size 64 --classifier_depth 4"
    #expect(
      try Translated(classifier, command: "inspect").words
        == ["inspect", "b.pt", "--classifier-flags", "--classifier_depth=4 --image_size=64"])
    #expect(throws: Failure.self) {
      try Translated("a.pt --timestep_respacing 250", command: "inspect")
    }
  }
}

/// A translated command line, with its options by name.
private struct Translated {
  let words: [String]
  let notes: [String]
  var options: [String: String] = [:]
  var modelFlags: ModelFlags?
  var classifierFlags: ClassifierFlags?

  init(_ typed: String, command: String = "sample") throws {
    let words = typed.split(separator: " ").map(String.init)
    try self.init(command == "sample" ? words : [command] + words, command: command)
  }

  init(_ typed: [String], command: String = "sample") throws {
    let line = try ReferenceCommandLine(typed, command: command) { ["--sampler", "--steps"] }
    (words, notes) = (line.words, line.notes)
    collect(words.first.map { ["sample", "inspect"].contains($0) } ?? false ? 1 : 0)
    modelFlags = try options.removeValue(forKey: "--model-flags").map {
      try ModelFlags(parsing: $0)
    }
    classifierFlags = try options.removeValue(forKey: "--classifier-flags")
      .map(ClassifierFlags.init(parsing:))
  }

  init(own: [String]) {
    (words, notes) = (own, [])
    collect(0)
  }

  private mutating func collect(_ start: Int) {
    var rest = words[start...]
    while let name = rest.popFirst() {
      let parts = name.split(separator: "=", maxSplits: 1).map(String.init)
      options[parts[0]] = parts.count == 2 ? parts[1] : rest.popFirst()
    }
  }
}
