import Compute
import Diffusion
import Model

/// Encodes the recipe for job.json and for messages between ranks: one object with the settings of
/// the base stage, as in all versions of this program. It contains a list of the later stages.
extension SamplingRecipe: Codable {
  package init(from decoder: any Decoder) throws {
    let record = try Record(from: decoder)
    let upsamplers = try decoder.container(keyedBy: Key.self)
      .decodeIfPresent([Record].self, forKey: .upsamplers)
    self.init(stages: [record.stage] + (upsamplers ?? []).map(\.stage))
  }

  package func encode(to encoder: any Encoder) throws {
    try Record(base).encode(to: encoder)
    guard stages.count > 1 else { return }
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(stages.dropFirst().map(Record.init), forKey: .upsamplers)
  }

  private enum Key: CodingKey {
    case upsamplers
  }

  fileprivate struct Record: Codable {
    /// The images that a first stage enlarges. Absent if it makes images from noise.
    var baseSamples: SamplesSource?
    /// Whether the stage enlarges the images of the one before. Absent if it does not.
    var enlarges: Bool?
    var unet: Network<UNetConfiguration>
    var classifier: Network<ClassifierConfiguration>?
    var classifierScale: Float
    var classifierFreeScale: Float?
    var guide: Network<UNetConfiguration>?
    var guideDiffusion: DiffusionConfiguration?
    var guideScale: Float?
    var guidanceInterval: GuidanceInterval?
    var diffusion: DiffusionConfiguration
    var sampler: SolverSettings.Name
    var steps: String
    var eta: Float
    var order: Int?
    var spacing: NodeSpacing?
    var end: Grid.End?
    var lowersOrderAtEnd: Bool?
    var churn: Heun.Churn?
    var clipsDenoised: Bool
    /// Absent without a threshold.
    var threshold: Threshold.Kind?
    /// The percentile of a dynamic threshold.
    var thresholdPercentile: Double?
    var batchSize: Int
    var precision: ElementType
  }

  fileprivate struct Network<Configuration: Codable>: Codable {
    var path: String
    var sha256: String
    var configuration: Configuration
    var weights: WeightsChoice?
    var prefix: String?

    init(_ source: NetworkSource, _ configuration: Configuration) {
      path = source.path
      sha256 = source.sha256
      self.configuration = configuration
      weights = source.weights
      prefix = source.prefix.isEmpty ? nil : source.prefix
    }

    func source(_ architecture: Architecture) -> NetworkSource {
      var source = NetworkSource(
        path: path, sha256: sha256, architecture: architecture, weights: weights)
      source.prefix = prefix ?? ""
      return source
    }
  }
}

extension SamplingRecipe.Record {
  init(_ stage: Stage) {
    guard case .unet(let configuration) = stage.denoiser.architecture else {
      preconditionFailure("a classifier denoises nothing")
    }
    if case .samples(let source) = stage.input { baseSamples = source }
    enlarges = stage.input == .images ? true : nil
    unet = .init(stage.denoiser, configuration)
    classifier = stage.classifier.map { classifier in
      guard case .classifier(let configuration) = classifier.source.architecture else {
        preconditionFailure("only a classifier has a gradient for guidance")
      }
      return .init(classifier.source, configuration)
    }
    classifierScale = stage.classifier?.scale ?? 0
    diffusion = stage.process
    sampler = stage.solver.method.name
    steps = stage.solver.steps
    eta = stage.solver.eta
    order = stage.solver.order
    spacing = stage.solver.multistep?.spacing
    end = stage.solver.multistep?.end
    lowersOrderAtEnd = stage.solver.multistep?.lowersOrderAtEnd
    churn = stage.solver.churn
    clipsDenoised = stage.clipsDenoised
    guidanceInterval = stage.guidanceInterval
    classifierFreeScale = stage.classifierFreeScale
    guide = stage.guide.map { guide in
      guard case .unet(let configuration) = guide.source.architecture else {
        preconditionFailure("only a denoiser guides a denoiser")
      }
      return .init(guide.source, configuration)
    }
    guideDiffusion = stage.guide?.process
    guideScale = stage.guide?.scale
    threshold = stage.threshold == .none ? nil : stage.threshold.kind
    thresholdPercentile = stage.threshold.percentile
    batchSize = stage.batchSize
    precision = stage.precision
  }

  private var guides: [Guide] {
    var guides: [Guide] = []
    if let classifierFreeScale { guides.append(.classifierFree(scale: classifierFreeScale)) }
    if let guide {
      guides.append(
        .network(
          guide.source(.unet(guide.configuration)), process: guideDiffusion ?? diffusion,
          scale: guideScale ?? 1))
    }
    if let classifier {
      guides.append(
        .classifier(
          classifier.source(.classifier(classifier.configuration)), scale: classifierScale))
    }
    return guides
  }

  var stage: Stage {
    Stage(
      input: baseSamples.map(Stage.Input.samples) ?? (enlarges == true ? .images : .noise),
      denoiser: unet.source(.unet(unet.configuration)), guides: guides,
      guidanceInterval: guidanceInterval, process: diffusion,
      solver: SolverSettings(method, steps: steps), clipsDenoised: clipsDenoised,
      threshold: Threshold(
        threshold ?? .none, percentile: thresholdPercentile ?? Threshold.usualPercentile),
      batchSize: batchSize, precision: precision)
  }

  private var method: SolverSettings.Method {
    let multistep = SolverSettings.Multistep(
      spacing: spacing, end: end ?? .zero, lowersOrderAtEnd: lowersOrderAtEnd ?? true)
    return switch sampler {
    case .ddpm: .ddpm
    case .ddim: .ddim(eta: eta)
    case .dpmpp2M: .dpmpp2M(multistep, eta: eta)
    case .uniPC: .uniPC(multistep, order: order ?? 2)
    case .heun: .heun(churn ?? .none)
    case .consistency: .consistency
    case .plms: .plms
    }
  }
}
