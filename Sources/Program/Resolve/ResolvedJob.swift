import Cache
import Diffusion
import Foundation
import Job
import Model
import Output
import Recipe
import Wording
import Worker

/// A command line with all defaults filled in. Rank 0 creates it, and the other ranks get the
/// recipe.
package struct ResolvedJob {
  package private(set) var recipe: SamplingRecipe
  /// Whether images are painted instead of sampled (`PaintingMaker`).
  package var isPainted = false
  package let work: Work
  /// The part of the plan that is the work, if the plan is divided.
  package let slice: PlanSlice?
  package let format: OutputFormat
  package private(set) var naming: ClassNamesChoice
  /// A description of the model and of where its settings come from.
  package let modelDescription: String
  /// Notes and warnings on how the options were read.
  private let notesOnOptions: [String]

  /// - Throws: `Failure`.
  package init(_ request: JobRequest, hashes: FileHashes) throws {
    do {
      try self.init(resolving: request, hashes)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private init(resolving request: JobRequest, _ hashes: FileHashes) throws {
    let (networks, sampling) = (request.networks, request.sampling)
    let model = try ModelChoice(networks)
    let settings = try SamplerSettings(sampling, defaults: model.defaults)
    let scale = try model.guidanceScale(networks, settings)
    let classifier = scale == 0 ? nil : try model.classifier(networks, hashes)
    let unet = try Self.unet(model, networks)
    let guide = try model.denoisingGuide(networks, unet, hashes)
    let guides =
      (guide.map { [$0.guide] } ?? [])
      + (classifier.map { [.classifier($0.network, scale: scale)] } ?? [])
    let classCount = unet.classCount ?? classifier?.network.architecture.classCount
    naming = try ClassNamesChoice(
      option: sampling.classNames, bundled: model.classNames, count: classCount)
    let plan = try request.images.plan(classCount: classCount, classNames: naming.names)
    (slice, format) = (request.slice, request.format)
    work = Work(plan, indices: slice?.indices(of: plan.count, unit: format.sliceUnit))
    guard format.layout != .classes || classCount != nil else {
      throw Failure(
        "--layout classes was given, but the model is unconditional and has no classes; "
          + "use subdirs or flat",
        status: .usage)
    }
    var stage = Stage(
      denoiser: NetworkSource(
        path: model.file.path, sha256: try hashes.sha256(of: model.file.files),
        architecture: .unet(unet), weights: .init(model.file)),
      guides: guides, guidanceInterval: settings.guidanceInterval,
      process: model.description.diffusion, solver: settings.solver,
      clipsDenoised: settings.clipsDenoised,
      threshold: guides.isEmpty ? settings.threshold.unguided : settings.threshold.guided,
      batchSize: try SamplerSettings.batchSize(sampling.batchSize, imageSize: unet.imageSize),
      precision: sampling.precision.elementType)
    // Impossible steps are reported here, not on every rank.
    do {
      let solver = try stage.makeSolver()
      if !settings.choosesGuidanceInterval, stage.guidedCount(solver) == 0 {
        // The model's usual interval has no meaning without guides, or with so few steps.
        stage.guidanceInterval = nil
      }
      try Self.checkGuidance(of: stage, solver)
    } catch let error as TimestepSpacingError {
      throw Failure("--steps: \(error)", status: .usage)
    } catch let error as SolverSettingsError {
      throw Failure("\(error.option): \(error)", status: .usage)
    }
    recipe = SamplingRecipe(stages: [stage])
    modelDescription = model.title
    notesOnOptions =
      request.notes + model.description.notes + (guide?.notes ?? [])
      + (classifier?.notes ?? [])
  }

  /// Returns the model's configuration with the null class that the user named.
  private static func unet(
    _ model: ModelChoice, _ options: JobRequest.Networks
  ) throws -> UNetConfiguration {
    var unet = model.description.unet
    guard let nullClass = options.nullClass else { return unet }
    guard let count = unet.classCount, (0..<count).contains(nullClass) else {
      throw Failure(
        "--null-class \(nullClass) is not a class of the model, which has "
          + (unet.classCount.map { "classes 0 to \($0 - 1)" } ?? "none"), status: .usage)
    }
    unet.nullClass = nullClass
    return unet
  }

  /// Checks that a guidance interval has something to act on.
  private static func checkGuidance(
    of stage: Stage, _ solver: any Solver
  ) throws(Failure) {
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

  /// A short name for everything that affects the images, except their labels and seeds.
  package var settings: String { recipe.settings(isPainted: isPainted) }

  /// The timesteps at which the networks are evaluated, in ascending order.
  package var timesteps: [Double] { (try? recipe.base.makeSolver().timesteps) ?? [] }

  /// Returns the number of evaluations of a network for each image.
  package func evaluationCount(of part: NetworkRole.Part) -> Int {
    (try? recipe.base.evaluationCount(of: part, recipe.base.makeSolver())) ?? 0
  }

  /// Removes the guidance interval.
  mutating func guidesEverywhere() { recipe.base.guidanceInterval = nil }

  package var plan: ImagePlan { work.plan }

  /// The class names by label, if they are known.
  package var classNames: [String]? { naming.names }

  /// Keeps the class names that an earlier job gave its images, unless the user chose others.
  package mutating func keepNames(of earlier: JobRecord) {
    if naming.origin != .option { naming = ClassNamesChoice(ofFolder: earlier.classNames) }
  }

  /// The labels, names and seeds of the images.
  package var catalog: ImageCatalog { catalog(classNames: classNames) }

  /// Returns the same with other class names.
  func catalog(classNames: [String]?) -> ImageCatalog {
    ImageCatalog(
      work: work, format: format, classCount: recipe.classCount, classNames: classNames)
  }

  /// Notes and warnings on the options, one per line.
  package var notes: [String] { notesOnOptions + (unstableGuidance.map { [$0] } ?? []) }

  /// A warning about unstable guidance. Solvers that move the score, which are all but DDPM, divide
  /// by √ᾱ the term that guidance adds to ε. If the first step has almost no signal, as at the last
  /// timestep of a cosine schedule, the images break. The reference's DDIM has the same problem.
  private var unstableGuidance: String? {
    let stage = recipe.base
    let name = stage.solver.method.name
    guard name != .ddpm, stage.classifier != nil,
      let first = try? stage.makeSolver().nodes.first, first.alphaBar < 1e-6
    else { return nil }
    return "warning: guided \(name.rawValue) from timestep \(timestepText(first.index)) of a "
      + "\(stage.process.schedule.rawValue) "
      + "schedule gives broken images; steps such as ddim25 or ddim50 begin earlier"
  }

  private var sliceText: String {
    slice.map { " (slice \($0.words(work.indices)))" } ?? ""
  }

  /// One line for the start of a job.
  package var summary: String {
    let stage = recipe.base
    let guidance =
      stage.isGuidedByDenoiser
      ? stage.guidanceText!
      : stage.classifier.map { classifier in
        let weights =
          classifier.source.weights.map { " by \($0.key) of the classifier's file" } ?? ""
        return "guidance \(classifier.scale)\(weights)"
      } ?? "unguided"
    return
      "\(modelDescription): \(counted(work.count, "image"))\(sliceText), \(stage.solver.method.name.rawValue), "
      + "steps \(stage.solver.stepsText), \(guidance), "
      + "\(stage.precision.rawValue), batches of \(stage.batchSize)"
      + (naming.origin == .imageNet ? ", ImageNet's class names (see --class-names)" : "")
  }
}
