import Diffusion
import Job
import Output
import Recipe

extension Stage {
  /// Whether the autoencoder of the stage's latents is in the file of its model.
  fileprivate var hasOwnFirstStage: Bool { firstStage?.source.sha256 == denoiser.sha256 }
}

extension NetworkSource {
  /// The options that may be the reason why a model has other settings than before.
  fileprivate var settingsOptions: String {
    switch architecture {
    case .transformer: "--family, --model-flags or --preset differs"
    case .unet(let unet) where unet.latentChannels != nil: "--config or --preset differs"
    case .unet, .classifier, .decoder, .encoder: "--model-flags or --preset differs"
    }
  }
}

/// The differences between a job's settings and those of the job in its folder, in terms of the
/// command line. Machines, ranks, threads and class names may differ.
package struct SettingsComparison {
  package private(set) var differences: [String] = []
  /// Whether the earlier job can grow to this one: its plan is the beginning of a larger one.
  package private(set) var grows = false

  /// Compares a job with the one in its folder.
  package init(_ job: ResolvedJob, _ earlier: JobRecord) {
    let job = JobRecord(job, teams: [])
    compareRecipes(job, earlier)
    if job.slice == nil && earlier.slice == nil && job.imageCount > earlier.imageCount {
      compareGrowth(job.plan, earlier.plan)
    } else {
      comparePlans(job.plan, earlier.plan)
      compare("--slice", job.slice?.text ?? "not given", earlier.slice?.text ?? "not given")
      compare("the part of the plan", Self.part(job.work), Self.part(earlier.work))
    }
    compareFormats(job.format, earlier.format)
    compareHashes(job, earlier)
  }

  /// Compares a job that makes a slice with the job of another slice.
  init(ofSlices job: ResolvedJob, _ other: JobRecord) {
    var record = JobRecord(job, teams: [])
    // Names that the user did not choose are those of the other slices.
    if job.naming.origin != .option { record = record.named(other.classNames) }
    self.init(ofSlices: record, other)
  }

  /// Compares the jobs of two slices.
  init(ofSlices one: JobRecord, _ other: JobRecord) {
    self.init(ofWhole: one, slice: other)
    compare("the number of slices", "\(one.slice?.count ?? 0)", "\(other.slice?.count ?? 0)")
  }

  /// Compares the job of a plan with that of a slice of the plan.
  init(ofWhole whole: JobRecord, slice: JobRecord) {
    compareRecipes(whole, slice)
    comparePlans(whole.plan, slice.plan)
    compareFormats(whole.format, slice.format)
    compare("--npz", Self.onOff(whole.format.writesNPZ), Self.onOff(slice.format.writesNPZ))
    if whole.classNames != slice.classNames { differences.append("--class-names differs") }
    compareHashes(whole, slice)
  }

  private mutating func compareRecipes(_ here: JobRecord, _ there: JobRecord) {
    guard here.recipe.decoding == nil && there.recipe.decoding == nil else {
      return compareDecoding(here.recipe.decoding, there.recipe.decoding)
    }
    let (ours, theirs) = (here.recipe.stages, there.recipe.stages)
    for (index, (here, there)) in zip(ours, theirs).enumerated() {
      let first = differences.count
      compareNetworks(here, there)
      compareSampling(here, there)
      guard index > 0 else { continue }
      differences[first...] = differences[first...].map(OptionNames.ofUpsampler)[...]
    }
    compare("the number of --upsampler", "\(ours.count - 1)", "\(theirs.count - 1)")
    let samples = [here, there].map { record in
      record.recipe.samples.map { Self.name($0.fileName, $0.sha256) } ?? "none"
    }
    compare("--base-samples", samples[0], samples[1])
  }

  private mutating func compareDecoding(_ here: LatentDecoding?, _ there: LatentDecoding?) {
    guard let here, let there else {
      differences.append(
        here == nil
          ? "the images in the folder were decoded from latents, and not sampled"
          : "the images in the folder were sampled, and not decoded from latents")
      return
    }
    let latents = [here.latents, there.latents].map { Self.name($0.fileName, $0.sha256) }
    compare("the file of latents", latents[0], latents[1])
    let decoders = [here, there].map {
      Self.name($0.firstStage.source.fileName, $0.firstStage.source.sha256)
    }
    compare("the first stage", decoders[0], decoders[1])
    if here.firstStage.scaling != there.firstStage.scaling {
      differences.append("the scale of the latents differs (--scale, --model or --config)")
    }
    compare(
      "--precision", here.firstStage.precision.rawValue, there.firstStage.precision.rawValue)
  }

  /// Compares the settings that are not compared individually.
  private mutating func compareHashes(_ here: JobRecord, _ there: JobRecord) {
    guard differences.isEmpty, here.settings != there.settings else { return }
    differences.append("the settings' hash is \(here.settings), was \(there.settings)")
  }

  private mutating func compareNetworks(_ here: Stage, _ there: Stage) {
    compareNetwork(
      "model", here.denoiser, there.denoiser, alsoDiffer: here.process != there.process)
    if here.firstStage?.source.sha256 != there.firstStage?.source.sha256,
      !here.hasOwnFirstStage || !there.hasOwnFirstStage
    {
      let names = [here, there].map { stage in
        stage.firstStage.map { Self.name($0.source.fileName, $0.source.sha256) } ?? "none"
      }
      compare("--first-stage", names[0], names[1])
    }
    compareNetwork("classifier", here.classifier?.source, there.classifier?.source)
    compare(
      "--classifier-scale", "\(here.classifier?.scale ?? 0)", "\(there.classifier?.scale ?? 0)")
  }

  /// - Parameters:
  ///   - option: the option that names the file, without dashes.
  ///   - alsoDiffer: whether other settings from the option's flags differ, besides the architecture.
  private mutating func compareNetwork(
    _ option: String, _ here: NetworkSource?, _ there: NetworkSource?, alsoDiffer: Bool = false
  ) {
    if here?.sha256 != there?.sha256 {
      let names = [here, there].map { $0.map { Self.name($0.fileName, $0.sha256) } ?? "none" }
      compare("--\(option)", names[0], names[1])
    } else if let here, let there,
      let difference = Self.weights(here, there, "--\(option)-key")
    {
      differences.append(difference)
    } else if here?.architecture != there?.architecture || alsoDiffer {
      differences.append(
        option == "model" ? here?.settingsOptions ?? "" : "--\(option)-flags differs")
    }
  }

  private mutating func compareSampling(_ here: Stage, _ there: Stage) {
    compare("--sampler", here.solver.method.name.rawValue, there.solver.method.name.rawValue)
    compare("--steps", here.solver.stepsText, there.solver.stepsText)
    compare("--eta", "\(here.solver.eta)", "\(there.solver.eta)")
    if here.solver.method.name == there.solver.method.name {
      compareSolvers(here.solver, there.solver)
    }
    if here.classifierFreeScale != there.classifierFreeScale {
      compare(
        "--cfg-scale", "\(here.classifierFreeScale ?? 1)", "\(there.classifierFreeScale ?? 1)")
    }
    if here.guide?.source != there.guide?.source || here.guide?.process != there.guide?.process {
      differences.append("--guide differs")
    } else if here.guide?.scale != there.guide?.scale {
      compare("--guide-scale", "\(here.guide?.scale ?? 1)", "\(there.guide?.scale ?? 1)")
    }
    if here.guidanceInterval != there.guidanceInterval {
      differences.append("--guidance-interval differs")
    }
    if here.threshold != there.threshold { differences.append("--threshold differs") }
    compare("--clip-denoised", Self.onOff(here.clipsDenoised), Self.onOff(there.clipsDenoised))
    compare("--batch-size", "\(here.batchSize)", "\(there.batchSize)")
    compare("--precision", here.precision.rawValue, there.precision.rawValue)
  }

  /// Compares the settings that only some solvers have.
  private mutating func compareSolvers(_ here: SolverSettings, _ there: SolverSettings) {
    let (near, far) = (here.multistep, there.multistep)
    compare("--solver-order", "\(here.order ?? 0)", "\(there.order ?? 0)")
    compare(
      "--spacing", near?.spacing?.rawValue ?? "none", far?.spacing?.rawValue ?? "none")
    compare("--final", near?.end.rawValue ?? "", far?.end.rawValue ?? "")
    compare(
      "--lower-order-final", Self.onOff(near?.lowersOrderAtEnd == true),
      Self.onOff(far?.lowersOrderAtEnd == true))
    if here.churn != there.churn { differences.append("--churn differs") }
  }

  private mutating func comparePlans(_ here: ImagePlan, _ there: ImagePlan) {
    compare("the number of images", "\(here.count)", "\(there.count)")
    if here.count == there.count && here.hash != there.hash {
      differences.append("labels or seeds differ (--classes, --labels, --seeds)")
    }
  }

  private mutating func compareGrowth(_ here: ImagePlan, _ there: ImagePlan) {
    grows = there.isBeginning(of: here)
    if !grows { differences.append(Self.reasonNotToGrow(here, there)) }
  }

  /// Says why a larger plan does not begin with the images of the earlier one, and what to do.
  private static func reasonNotToGrow(_ here: ImagePlan, _ there: ImagePlan) -> String {
    let change = "the number of images is \(here.count), was \(there.count)"
    if let order = there.order, order != .interleaved, here.order == order {
      return
        "\(change), and with --order \(order.rawValue) the labels of the existing images would "
        + "change with it, so only jobs of the order interleaved can grow; make more images in "
        + "another folder, with other --seeds"
    }
    return "\(change), and the first \(there.count) would have other labels or seeds (--classes, "
      + "--labels, --seeds, --order), so the job cannot grow"
  }

  private static func part(_ work: Work) -> String {
    work.isComplete
      ? "all images" : "images \(work.indices.lowerBound)-\(work.indices.upperBound - 1)"
  }

  private mutating func compareFormats(_ here: OutputFormat, _ there: OutputFormat) {
    compare("--format", here.container.rawValue, there.container.rawValue)
    if here.container == there.container {
      compare("--layout", here.layout.rawValue, there.layout.rawValue)
      compare("--shard-size", "\(here.shardSize)", "\(there.shardSize)")
    }
    compare(
      "--keep-base", Self.onOff(here.keepsBase == true), Self.onOff(there.keepsBase == true))
    compare("--grayscale", Self.onOff(here.isGrayscale), Self.onOff(there.isGrayscale))
  }

  /// Describes a different choice among the weights of one file. Earlier versions did not record
  /// it.
  private static func weights(
    _ here: NetworkSource, _ there: NetworkSource, _ option: String
  ) -> String? {
    guard here.weights?.key != there.weights?.key else { return nil }
    if there.weights == nil, here.weights?.isFormerDefault == true { return nil }
    let key = here.weights?.key ?? "the file's only weights"
    let earlier = there.weights?.key ?? "the weights that versions without this option used"
    return "\(option) is \(key), was \(earlier)"
  }

  /// Returns a name such as `model.pt (1a2b3c4d)`, with the beginning of the file's SHA-256.
  private static func name(_ file: String, _ sha256: String) -> String {
    "\(file) (\(sha256.prefix(8)))"
  }

  private static func onOff(_ isOn: Bool) -> String { isOn ? "on" : "off" }

  private mutating func compare(_ what: String, _ here: String, _ there: String) {
    guard here != there else { return }
    differences.append("\(what) is \(here), was \(there)")
  }
}
