import Job
import Model
import Wording

/// Translates guided-diffusion's options to our own.
struct ReferenceTranslation {
  private let given: ReferenceReader
  private(set) var words: [String]
  private(set) var notes: [String] = []
  /// Notes such as `--use_ddim True → --sampler ddim`.
  private var renamings: [String] = []

  init(_ given: ReferenceReader) {
    self.given = given
    words = given.own
  }

  // MARK: - A job

  mutating func sample() throws(Failure) {
    if given["base_samples"] != nil { return try enlarge() }
    try refuseUpsamplerFlags()
    try pass(.modelPath)
    try pass(.classifierPath)
    try pass(.classifierScale)
    try pass(.timestepRespacing)
    try chooseSampler()
    try chooseClipping()
    try pass(.sampleCount)
    try pass(.batchSize)
    try gatherFlags([.model], into: "--model-flags")
    try gatherFlags([.classifier], into: "--classifier-flags")
    noteRenamings()
    fillInDefaults()
  }

  /// Translates a command of super_res_sample.py, whose model is an upsampler.
  private mutating func enlarge() throws(Failure) {
    try pass(.baseSamples)
    try pass(.modelPath, as: "--upsampler")
    try pass(.timestepRespacing, as: "--upsampler-steps")
    if try boolean(.usesDDIM) == true {
      notes.append(
        "note: --use_ddim True is ignored, as in super_res_sample.py, which always samples with ddpm;"
          + " --upsampler-sampler ddim chooses ddim")
    }
    if try boolean(.clipsDenoised) == false {
      throw Failure(
        "--clip_denoised False is not supported for an upsampler: leave it out", status: .usage)
    }
    try pass(.sampleCount)
    try pass(.batchSize, as: "--upsampler-batch-size")
    try gatherFlags([.model, .upsampler], into: "--upsampler-flags")
    noteRenamings()
  }

  private func refuseUpsamplerFlags() throws(Failure) {
    guard let key = given.values.first(where: { ReferenceOption(key: $0.key) == .upsampler })?.key
    else { return }
    throw Failure(
      "--\(key) describes an upsampler: give it in --upsampler-flags, or give --base_samples, as "
        + "super_res_sample.py needs it", status: .usage)
  }

  private mutating func noteRenamings() {
    guard !renamings.isEmpty else { return }
    notes.append(
      "note: guided-diffusion's options are read as: " + renamings.joined(separator: ", "))
  }

  /// Passes the value on under our name of the option.
  ///
  /// - Parameter name: the name, by default that of the option of a model.
  private mutating func pass(
    _ option: ReferenceOption.Sampling, as name: String? = nil
  ) throws(Failure) {
    let name = name ?? option.ownOption
    guard let value = try value(option, own: name) else { return }
    append(name, value)
    let isPath = [.modelPath, .classifierPath, .baseSamples].contains(option)
    let shown = isPath ? "" : " " + value.orQuotes
    renamings.append("--\(option.rawValue)\(shown) → \(name)\(shown)")
  }

  /// Chooses the sampler. In the scripts it depends on `--use_ddim` only, not on the respacing.
  private mutating func chooseSampler() throws(Failure) {
    let usesDDIM = try boolean(.usesDDIM)
    guard usesDDIM != nil || (followsScripts && !given.hasOwn("--steps")) else { return }
    guard !given.hasOwn("--sampler") else { return }
    let sampler = usesDDIM == true ? "ddim" : "ddpm"
    append("--sampler", sampler)
    if let text = given["use_ddim"] {
      renamings.append("--use_ddim \(text) → --sampler \(sampler)")
    } else {
      renamings.append("no --use_ddim → --sampler ddpm")
    }
  }

  private mutating func chooseClipping() throws(Failure) {
    if given.hasOwn("--no-clip-denoised"), given["clip_denoised"] != nil {
      throw conflict("--no-clip-denoised", "--clip_denoised")
    }
    guard let clips = try boolean(.clipsDenoised), !clips else { return }
    words.append("--no-clip-denoised")
    renamings.append("--clip_denoised \(given["clip_denoised"]!) → --no-clip-denoised")
  }

  private mutating func gatherFlags(
    _ kinds: [ReferenceOption], into option: String
  ) throws(Failure) {
    let flags = given.values.filter { flag in
      ReferenceOption(key: flag.key).map(kinds.contains) == true
    }
    guard let first = flags.first else { return }
    if given.hasOwn(option) { throw conflict(option, "--\(first.key)") }
    renamings.append("--\(first.key)\(flags.count > 1 ? " …" : "") → \(option)")
    words += [option, flags.map { "--\($0.key)=\($0.value.quoted)" }.joined(separator: " ")]
  }

  // MARK: - Defaults

  /// Whether the command is one of the scripts' commands, so that missing options get the scripts'
  /// defaults.
  private var followsScripts: Bool {
    ["model_path", "classifier_path", "timestep_respacing", "use_ddim"].contains {
      given[$0] != nil
    }
  }

  private mutating func fillInDefaults() {
    guard followsScripts else { return }
    if given["timestep_respacing"] == nil, !given.hasOwn("--steps") {
      append("--steps", "")
      notes.append(
        "note: --timestep_respacing is not given: taking all of the model's timesteps, as"
          + " guided-diffusion does; --timestep_respacing 250 takes 250 of them")
    }
    if given["classifier_path"] != nil, given["classifier_scale"] == nil,
      !given.hasOwn("--classifier-scale")
    {
      append("--classifier-scale", "1")
      notes.append("note: --classifier_scale is not given: using 1, guided-diffusion's default")
    }
    if !asksForImages {
      notes.append(
        "note: --num_samples is not given: making \(PlanOptions.defaultCount) images (guided-diffusion's"
          + " default is 10000)")
    }
  }

  private var asksForImages: Bool {
    given["num_samples"] != nil
      || ["--num-samples", "--per-class", "--seeds", "--labels", "--labels-file"]
        .contains(where: given.hasOwn)
  }

  // MARK: - A look at a checkpoint

  /// Translates an `inspect` command, which needs the file and the flags only.
  mutating func inspect() throws(Failure) {
    for option in [ReferenceOption.Sampling.modelPath, .classifierPath] {
      if let path = given[option.rawValue] { words.append(path) }
    }
    let sampling = given.values.first { pair in
      guard case .sampling(let option) = ReferenceOption(key: pair.key) else { return false }
      return option != .modelPath && option != .classifierPath
    }
    if let key = sampling?.key {
      throw Failure("--\(key) is not an option of 'inspect': leave it out", status: .usage)
    }
    let isClassifier =
      given.values.contains { ReferenceOption(key: $0.key) == .classifier }
      && given.values.allSatisfy {
        ReferenceOption(key: $0.key) != .model || $0.key == "image_size"
      }
    if isClassifier {
      try gatherClassifierFlagsWithImageSize()
    } else {
      try gatherFlags([.model, .upsampler], into: "--model-flags")
      try gatherFlags([.classifier], into: "--classifier-flags")
    }
  }

  private mutating func gatherClassifierFlagsWithImageSize() throws(Failure) {
    try gatherFlags([.classifier], into: "--classifier-flags")
    if let size = given["image_size"] { words[words.count - 1] += " --image_size=\(size.quoted)" }
  }

  // MARK: - Words

  /// - Parameter name: our name of the option, by default that of the option of a model.
  private func value(
    _ option: ReferenceOption.Sampling, own name: String? = nil
  ) throws(Failure) -> String? {
    guard let value = given[option.rawValue] else { return nil }
    let name = name ?? option.ownOption
    if given.hasOwn(name) { throw conflict(name, "--\(option.rawValue)") }
    return value
  }

  private func boolean(_ option: ReferenceOption.Sampling) throws(Failure) -> Bool? {
    guard let text = try value(option) else { return nil }
    guard let value = FlagValues.boolean(text) else {
      throw Failure(
        "--\(option.rawValue) is \(text.orQuotes); it must be True or False", status: .usage)
    }
    return value
  }

  private func conflict(_ own: String, _ reference: String) -> Failure {
    Failure("\(own) and \(reference) mean the same: give one of them", status: .usage)
  }

  /// Appends an option and its value. A value that begins with a dash stays attached to its option,
  /// because it would otherwise be read as an option.
  private mutating func append(_ option: String, _ value: String) {
    words += value.hasPrefix("-") ? ["\(option)=\(value)"] : [option, value]
  }
}

extension String {
  fileprivate var orQuotes: String { isEmpty ? "\"\"" : self.printable }

  /// The text as one word in a text of flags.
  fileprivate var quoted: String {
    guard contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "'" }) else { return self }
    return contains("\"") ? "'\(self)'" : "\"\(self)\""
  }
}
