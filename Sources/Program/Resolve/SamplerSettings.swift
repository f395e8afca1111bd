import Compute
import Diffusion
import Job
import Model
import Recipe

/// The solver and its settings, with defaults filled in.
package struct SamplerSettings {
  package let solver: SolverSettings
  /// True for the reference's own samplers, unless the user chose otherwise.
  package let clipsDenoised: Bool
  /// The limit of the predicted image, if the job is guided and if it is not.
  package let threshold: (guided: Threshold, unguided: Threshold)
  /// The noise levels at which images are guided, or `nil` for all.
  package let guidanceInterval: GuidanceInterval?
  /// Whether the user chose the noise levels.
  package let choosesGuidanceInterval: Bool
  /// The scale of a classifier that the authors used, for this sampler if they used it.
  package let classifierScale: Double?
  /// The scale of classifier-free guidance that the authors used.
  package let cfgScale: Float?

  /// - Parameters:
  ///   - defaults: the settings of the model's authors, their preferred ones first.
  ///   - hasLatents: whether the model makes latents, which no limit applies to.
  package init(
    _ options: JobRequest.Sampling, defaults: [SamplingDefaults], hasLatents: Bool = false
  ) throws {
    if hasLatents { try Self.refuseLimits(options) }
    let given = options.steps.map(Self.withoutBlanks)
    let wanted = options.sampler ?? (given?.hasPrefix("ddim") == true ? .ddim : nil)
    let known = defaults.first { wanted == nil || $0.sampler == wanted?.rawValue }
    let sampler = wanted ?? known.flatMap { SolverSettings.Name(rawValue: $0.sampler) } ?? .ddpm
    let steps = given ?? known?.steps ?? Self.steps(sampler)
    try Self.refuseOthers(options, sampler)
    solver = SolverSettings(
      try Self.method(sampler, options, known, steps: steps), steps: steps)
    let isReference = sampler == .ddpm || sampler == .ddim
    let usuallyClips = !hasLatents && known?.clipsDenoised ?? isReference
    clipsDenoised = options.clipsDenoised ?? usuallyClips
    classifierScale = (known ?? defaults.first)?.classifierScale
    cfgScale = (known ?? defaults.first)?.cfgScale.map(Float.init)
    threshold = try Self.threshold(options, hasDefault: !usuallyClips && !hasLatents)
    choosesGuidanceInterval = options.guidanceInterval != nil
    guidanceInterval =
      switch options.guidanceInterval {
      case .range(let range): try Self.interval(range)
      case .all: nil
      case nil: known?.guidanceInterval
      }
  }

  /// Refuses limits of the pixels' range. Latents have another one.
  private static func refuseLimits(_ options: JobRequest.Sampling) throws(Failure) {
    for (option, isGiven) in [
      ("--clip-denoised", options.clipsDenoised == true),
      ("--threshold", options.threshold ?? .none != .none),
      ("--threshold-percentile", options.thresholdPercentile != nil),
    ] where isGiven {
      throw Failure(
        "\(option) limits pixels to [-1, 1], but this model makes latents, which have no such limit: "
          + "leave it out", status: .usage)
    }
  }

  /// Returns the limits that the user chose.
  ///
  /// - Parameter hasDefault: whether guided images are limited dynamically by default. Models whose
  ///   predictions are clamped before guidance need no limit after it.
  private static func threshold(
    _ options: JobRequest.Sampling, hasDefault: Bool
  ) throws(Failure) -> (guided: Threshold, unguided: Threshold) {
    let percentile = options.thresholdPercentile ?? Threshold.usualPercentile
    guard (0...1).contains(percentile) else {
      throw Failure(
        "--threshold-percentile is \(percentile); it must be from 0 to 1", status: .usage)
    }
    let dynamic = Threshold.dynamic(percentile: percentile)
    guard let choice = options.threshold else {
      guard options.thresholdPercentile == nil || hasDefault else {
        throw Failure(
          "--threshold-percentile belongs to --threshold dynamic", status: .usage)
      }
      return hasDefault ? (dynamic, .none) : (.none, .none)
    }
    guard choice == .dynamic || options.thresholdPercentile == nil else {
      throw Failure("--threshold-percentile belongs to --threshold dynamic", status: .usage)
    }
    let threshold = Threshold(choice, percentile: percentile)
    return (threshold, threshold)
  }

  private static func interval(_ range: ClosedRange<Double>) throws(Failure) -> GuidanceInterval {
    let interval = GuidanceInterval(lowest: range.lowerBound, highest: range.upperBound)
    guard interval.isValid else {
      throw Failure(
        "--guidance-interval is empty: the first noise level must be below the second",
        status: .usage)
    }
    return interval
  }

  private static func method(
    _ sampler: SolverSettings.Name, _ options: JobRequest.Sampling, _ known: SamplingDefaults?,
    steps: String
  ) throws(Failure) -> SolverSettings.Method {
    let given = options.solver
    let eta = options.eta ?? known?.eta ?? 0
    guard (0...1).contains(eta) else {
      throw Failure("--eta is \(eta); it must be from 0 to 1", status: .usage)
    }
    let usualSpacing = known?.spacing ?? .timeUniform
    // A plain count leaves the position of the nodes open. A respacing string chooses trained steps.
    let multistep = SolverSettings.Multistep(
      spacing: given.spacing ?? (Int(steps) == nil ? nil : usualSpacing),
      end: given.end ?? .zero, lowersOrderAtEnd: given.lowersOrderAtEnd ?? true)
    switch sampler {
    case .ddpm: return .ddpm
    case .ddim: return .ddim(eta: eta)
    case .dpmpp2M: return .dpmpp2M(multistep, eta: eta)
    case .uniPC: return .uniPC(multistep, order: given.order ?? 2)
    case .heun: return .heun(try churn(given))
    case .consistency: return .consistency
    case .plms: return .plms
    case .euler: return .euler
    case .eulerMaruyama: return .eulerMaruyama
    }
  }

  private static func churn(
    _ options: JobRequest.SolverOptions
  ) throws(Failure) -> Heun.Churn {
    guard let amount = options.churn else {
      for (isGiven, option) in [
        (options.churnRange != nil, "--churn-range"), (options.churnNoise != nil, "--churn-noise"),
      ] where isGiven {
        throw Failure("\(option) needs --churn, the amount of noise", status: .usage)
      }
      return .none
    }
    let churn = Heun.Churn(
      amount: amount, range: options.churnRange ?? Heun.Churn.none.range,
      noise: options.churnNoise ?? 1)
    guard churn.isValid else {
      throw Failure(
        "--churn, --churn-range and --churn-noise are numbers of 0 or more", status: .usage)
    }
    return churn
  }

  /// Refuses options that the solver does not have.
  private static func refuseOthers(
    _ options: JobRequest.Sampling, _ sampler: SolverSettings.Name
  ) throws(Failure) {
    let multistep: [SolverSettings.Name] = [.dpmpp2M, .uniPC]
    let given = options.solver
    let newer: [SolverSettings.Name] = [.dpmpp2M, .uniPC, .heun]
    let owners: [(isGiven: Bool, option: String, solvers: [SolverSettings.Name])] = [
      (options.eta != nil, "--eta", SolverSettings.Name.withEta),
      (options.threshold != nil, "--threshold", newer),
      (options.thresholdPercentile != nil, "--threshold-percentile", newer),
      (given.order != nil, "--solver-order", [.uniPC]),
      (given.spacing != nil, "--spacing", multistep),
      (given.end != nil, "--final", multistep),
      (given.lowersOrderAtEnd != nil, "--lower-order-final", multistep),
      (given.churn != nil, "--churn", [.heun]),
      (given.churnRange != nil, "--churn-range", [.heun]),
      (given.churnNoise != nil, "--churn-noise", [.heun]),
    ]
    for (isGiven, option, solvers) in owners where isGiven && !solvers.contains(sampler) {
      let names = solvers.map(\.rawValue)
      throw Failure(
        "\(option) belongs to \(names.joined(separator: " and ")): leave it out, or add "
          + "--sampler \(names[0])",
        status: .usage)
    }
  }

  /// Returns the steps to use if neither the user nor the authors chose any.
  private static func steps(_ sampler: SolverSettings.Name) -> String {
    switch sampler {
    case .ddpm: "250"
    // Guidance from the last timestep of a cosine schedule breaks images, so they begin earlier.
    case .ddim: "ddim25"
    case .dpmpp2M, .uniPC: "20"
    case .heun: "18"
    case .consistency: "1"
    case .plms: "50"
    case .euler: "50"
    case .eulerMaruyama: "250"
    }
  }

  /// Returns the steps without blanks, as in the recipe: `10,10,5` for `10, 10, 5`.
  private static func withoutBlanks(_ steps: String) -> String {
    let text = ListItem.split(steps).map(\.text).joined(separator: ",")
    // An empty text would mean all steps, and a lone comma has no meaning.
    return text.isEmpty ? steps : text
  }

  /// Returns the requested batch size, or the usual one for images of this size.
  package static func batchSize(_ size: Int?, imageSize: Int) throws(Failure) -> Int {
    guard let size else {
      switch imageSize {
      case ...32: return 10
      case ...64: return 4
      case ...128: return 2
      default: return 1
      }
    }
    guard SamplingRecipe.batchSizes.contains(size) else {
      throw Failure(
        "--batch-size is \(size); it must be from 1 to \(SamplingRecipe.batchSizes.upperBound)",
        status: .usage)
    }
    return size
  }
}

/// A number format, or the best one that the CPU supports.
package enum PrecisionChoice: String, Sendable, CaseIterable {
  case f32
  case bf16
  case auto

  /// The type. `auto` is bf16 only if the processor supports it.
  package var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .auto: Processor.hasNativeBF16 ? .bf16 : .f32
    }
  }
}

extension SolverSettingsError {
  /// The option whose value is impossible.
  var option: String {
    switch self {
    case .noCount, .stepCount, .noPlaces, .evaluationCount, .unreachableStep: "--steps"
    case .noConsistencyModel, .needsDenoiser, .needsSchedule, .needsLatents, .needsFlow, .flowNeeds:
      "--sampler"
    case .churnOfFlow: "--churn"
    case .needsTrainedSteps: "--spacing"
    case .unknownOrder, .orderAboveSteps: "--solver-order"
    }
  }
}
