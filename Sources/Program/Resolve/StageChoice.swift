import Cache
import Diffusion
import Job
import Model
import Recipe

/// A stage of a job with all defaults filled in.
struct StageChoice {
  let model: ModelChoice
  private(set) var stage: Stage
  /// Notes and warnings on how the options were read.
  let notes: [String]

  /// - Throws: a `Failure` or another error about the options or the files that they name.
  init(
    _ networks: JobRequest.Networks, _ sampling: JobRequest.Sampling, input: Stage.Input = .noise,
    _ hashes: FileHashes
  ) throws {
    model = try ModelChoice(networks, isUpsampler: input != .noise)
    let settings = try SamplerSettings(
      sampling, defaults: model.defaults, hasLatents: model.description.latentSpace != nil)
    let scale = try model.guidanceScale(networks, settings)
    let classifier = scale == 0 ? nil : try model.classifier(networks, hashes)
    let network = try Self.network(model, networks)
    let guide = try model.denoisingGuide(networks, network, settings, hashes)
    let guides =
      (guide.map { [$0.guide] } ?? [])
      + (classifier.map { [.classifier($0.network, scale: scale)] } ?? [])
    try model.refuseGuides(guides)
    stage = Stage(
      input: input,
      denoiser: NetworkSource(
        path: model.file.path, sha256: try hashes.sha256(of: model.file.files),
        architecture: network, weights: .init(model.file), prefix: model.description.prefix),
      guides: guides, guidedChannels: guide == nil ? nil : model.description.guidedChannels,
      guidanceInterval: settings.guidanceInterval,
      process: model.description.diffusion, solver: settings.solver,
      clipsDenoised: settings.clipsDenoised,
      threshold: guides.isEmpty ? settings.threshold.unguided : settings.threshold.guided,
      batchSize: 1, precision: sampling.precision.elementType)
    stage.firstStage = try model.firstStage(networks, precision: stage.precision, hashes)
    // A model of latents costs about as much as one of images a quarter as wide.
    stage.batchSize = try SamplerSettings.batchSize(
      sampling.batchSize,
      imageSize: stage.firstStage == nil ? stage.imageSide : stage.imageSide / 4)
    notes = model.description.notes + (guide?.notes ?? []) + (classifier?.notes ?? [])
    try checkSteps(choosesInterval: settings.choosesGuidanceInterval)
  }

  /// Returns the model's network with the null class that the user named.
  private static func network(
    _ model: ModelChoice, _ options: JobRequest.Networks
  ) throws -> Architecture {
    let network = model.description.network
    guard let nullClass = options.nullClass else { return network }
    guard let count = network.labels?.count, (0..<count).contains(nullClass) else {
      throw Failure(
        "--null-class \(nullClass) is not a class of the model, which has "
          + (network.labels.map { "classes 0 to \($0.count - 1)" } ?? "none"), status: .usage)
    }
    return network.withNullClass(nullClass)
  }

  /// Checks that the steps are possible, and that guidance has something to act on. Otherwise every
  /// rank would report it.
  ///
  /// - Parameter choosesInterval: whether the user chose the guidance interval.
  private mutating func checkSteps(choosesInterval: Bool) throws {
    do {
      let solver = try stage.makeSolver()
      if !choosesInterval, stage.guidedCount(solver) == 0 {
        // The model's usual interval has no meaning without guides, or with so few steps.
        stage.guidanceInterval = nil
      }
      try checkGuidance(solver)
    } catch let error as TimestepSpacingError {
      throw Failure("--steps: \(error)", status: .usage)
    } catch let error as SolverSettingsError {
      throw Failure("\(error.option): \(error)", status: .usage)
    }
  }

  private func checkGuidance(_ solver: any Solver) throws(Failure) {
    guard stage.guidanceInterval != nil else { return }
    guard !stage.guides.isEmpty else {
      throw Failure(
        "--guidance-interval needs guidance: give --classifier, --cfg-scale or --guide",
        status: .usage)
    }
    guard stage.guidedCount(solver) > 0 else {
      let levels = solver.evaluations.map(\.sigmaHat)
      throw Failure(
        "--guidance-interval contains none of the noise levels of this job, which are from "
          + String(format: "%.3g to %.3g", levels.min() ?? 0, levels.max() ?? 0),
        status: .usage)
    }
  }
}

extension Stage {
  /// The number of classes, or `nil` if no network of the stage takes a label.
  var classCount: Int? { networks.lazy.compactMap(\.source.architecture.classCount).first }
}
