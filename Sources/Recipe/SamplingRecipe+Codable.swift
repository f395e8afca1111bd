import Compute
import Diffusion
import Model

/// Encodes the recipe for job.json and for messages between ranks: one object with the settings of
/// the base stage, as in all versions of this program. It contains a list of the later stages. The
/// recipe of `decode` has the latents and the first stage instead.
extension SamplingRecipe: Codable {
  package init(from decoder: any Decoder) throws {
    if try decoder.container(keyedBy: Key.self).contains(.latents) {
      self.init(decoding: try Decoding(from: decoder).decoding)
      return
    }
    let record = try Record(from: decoder)
    let upsamplers = try decoder.container(keyedBy: Key.self)
      .decodeIfPresent([Record].self, forKey: .upsamplers)
    self.init(stages: try [record.stage] + (upsamplers ?? []).map { try $0.stage })
  }

  package func encode(to encoder: any Encoder) throws {
    if let decoding { return try Decoding(decoding).encode(to: encoder) }
    try Record(base).encode(to: encoder)
    guard stages.count > 1 else { return }
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(stages.dropFirst().map(Record.init), forKey: .upsamplers)
  }

  private enum Key: CodingKey {
    case upsamplers, latents
  }

  /// The recipe of `decode`.
  private struct Decoding: Codable {
    var latents: LatentsSource
    var firstStage: Autoencoder
    var batchSize: Int

    init(_ decoding: LatentDecoding) {
      latents = decoding.latents
      firstStage = Autoencoder(decoding.firstStage)
      batchSize = decoding.batchSize
    }

    var decoding: LatentDecoding {
      LatentDecoding(latents: latents, firstStage: firstStage.firstStage, batchSize: batchSize)
    }
  }

  fileprivate struct Record: Codable {
    /// The images that a first stage enlarges. Absent if it makes images from noise.
    var baseSamples: SamplesSource?
    /// Whether the stage enlarges the images of the one before. Absent if it does not.
    var enlarges: Bool?
    /// The denoiser: a UNet or a transformer.
    var unet: Network<UNetConfiguration>?
    var transformer: Network<TransformerConfiguration>?
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
    /// Absent if the stage works on images.
    var firstStage: Autoencoder?
    /// Absent if a guiding denoiser moves all channels.
    var guidedChannels: Int?
  }

  fileprivate struct Autoencoder: Codable {
    var decoder: Network<AutoencoderConfiguration>
    var scaling: LatentScaling
    var rounding: PixelConversion.Rounding
    var precision: ElementType

    init(_ firstStage: FirstStage) {
      decoder = Network(firstStage.source, firstStage.autoencoder)
      scaling = firstStage.scaling
      rounding = firstStage.rounding
      precision = firstStage.precision
    }

    var firstStage: FirstStage {
      FirstStage(
        source: decoder.source(.decoder(decoder.configuration)), scaling: scaling,
        rounding: rounding, precision: precision)
    }
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
    if case .samples(let source) = stage.input { baseSamples = source }
    enlarges = stage.input == .images ? true : nil
    switch stage.denoiser.architecture {
    case .unet(let configuration): unet = .init(stage.denoiser, configuration)
    case .transformer(let configuration): transformer = .init(stage.denoiser, configuration)
    case .classifier, .decoder, .encoder: preconditionFailure("this network denoises nothing")
    }
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
    firstStage = stage.firstStage.map(SamplingRecipe.Autoencoder.init)
    guidedChannels = stage.guidedChannels
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

  var denoiser: NetworkSource {
    get throws {
      switch (unet, transformer) {
      case (let unet?, nil): return unet.source(.unet(unet.configuration))
      case (nil, let transformer?):
        return transformer.source(.transformer(transformer.configuration))
      default:
        throw DecodingError.dataCorrupted(
          .init(codingPath: [], debugDescription: "neither one UNet nor one transformer"))
      }
    }
  }

  var stage: Stage {
    get throws {
      Stage(
        input: baseSamples.map(Stage.Input.samples) ?? (enlarges == true ? .images : .noise),
        denoiser: try denoiser, guides: guides, guidedChannels: guidedChannels,
        guidanceInterval: guidanceInterval, process: diffusion,
        solver: SolverSettings(method, steps: steps), clipsDenoised: clipsDenoised,
        threshold: Threshold(
          threshold ?? .none, percentile: thresholdPercentile ?? Threshold.usualPercentile),
        batchSize: batchSize, precision: precision, firstStage: firstStage?.firstStage)
    }
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
    case .euler: .euler
    case .eulerMaruyama: .eulerMaruyama
    }
  }
}
