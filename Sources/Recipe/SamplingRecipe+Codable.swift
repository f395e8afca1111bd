import Compute
import Diffusion
import Model

/// Encodes the recipe for job.json and for messages between ranks: one object with the settings of
/// the base stage, as in all versions of this program.
extension SamplingRecipe: Codable {
  package init(from decoder: any Decoder) throws {
    let record = try Record(from: decoder)
    self.init(stages: [record.stage])
  }

  package func encode(to encoder: any Encoder) throws {
    precondition(stages.count == 1, "job.json holds recipes of one stage")
    try Record(base).encode(to: encoder)
  }

  fileprivate struct Record: Codable {
    var unet: Network<UNetConfiguration>
    var classifier: Network<ClassifierConfiguration>?
    var classifierScale: Float
    var diffusion: DiffusionConfiguration
    var sampler: SolverSettings.Name
    var steps: String
    var eta: Float
    var clipsDenoised: Bool
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
    clipsDenoised = stage.clipsDenoised
    batchSize = stage.batchSize
    precision = stage.precision
  }

  var stage: Stage {
    let guides = classifier.map {
      [Guide.classifier($0.source(.classifier($0.configuration)), scale: classifierScale)]
    }
    return Stage(
      denoiser: unet.source(.unet(unet.configuration)), guides: guides ?? [], process: diffusion,
      solver: SolverSettings(.init(sampler, eta: eta), steps: steps), clipsDenoised: clipsDenoised,
      batchSize: batchSize, precision: precision)
  }
}
