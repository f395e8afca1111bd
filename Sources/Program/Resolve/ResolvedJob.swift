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
  package private(set) var format: OutputFormat
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
    if let path = request.latents {
      try self.init(request, decoding: try DecodingChoice(request, latents: path, hashes))
    } else {
      try self.init(sampling: request, hashes)
    }
  }

  private init(_ request: JobRequest, decoding choice: DecodingChoice) throws {
    let recipe = SamplingRecipe(decoding: choice.decoding)
    let naming = try ClassNamesChoice(
      option: request.sampling.classNames, bundled: choice.classNames, count: recipe.classCount)
    try self.init(
      request, recipe, plan: choice.plan, naming: naming,
      description: "\(choice.decoding.latents.path), decoded by \(choice.title)",
      notes: choice.notes)
  }

  private init(sampling request: JobRequest, _ hashes: FileHashes) throws {
    try Self.refuseIncomplete(request)
    let samples = try request.baseSamples.map { try SampleCollection(opening: $0) }
    let base =
      samples == nil ? try StageChoice(request.networks, request.sampling, hashes) : nil
    let upsamplers = try UpsamplerChoice(
      request.upsamplers, enlarging: samples.map { .samples($0) } ?? .stage(base!.stage), hashes)
    let choices = [base].compactMap(\.self) + upsamplers.choices
    let classCount = choices[0].stage.classCount
    let naming = try ClassNamesChoice(
      option: request.sampling.classNames, bundled: base?.model.classNames, count: classCount)
    let plan =
      try samples.map {
        try SamplesPlan(samples: $0, options: request.images, classCount: classCount).plan()
      } ?? request.images.plan(classCount: classCount, classNames: naming.names)
    let titles = [samples?.path].compactMap(\.self) + choices.map(\.model.title)
    try self.init(
      request, SamplingRecipe(stages: choices.map(\.stage)), plan: plan, naming: naming,
      description: titles.joined(separator: ", enlarged by "), notes: choices.flatMap(\.notes))
  }

  private init(
    _ request: JobRequest, _ recipe: SamplingRecipe, plan: ImagePlan, naming: ClassNamesChoice,
    description: String, notes: [String]
  ) throws {
    (self.recipe, self.naming) = (recipe, naming)
    (slice, format) = (request.slice, request.format)
    work = Work(plan, indices: slice?.indices(of: plan.count, unit: format.sliceUnit))
    guard format.layout != .classes || recipe.classCount != nil else {
      throw Failure(
        "--layout classes was given, but the model is unconditional and has no classes; "
          + "use subdirs or flat",
        status: .usage)
    }
    modelDescription = description
    notesOnOptions = request.notes + notes
  }

  private static func refuseIncomplete(_ request: JobRequest) throws(Failure) {
    if request.baseSamples != nil, request.upsamplers.isEmpty {
      throw Failure(
        "--base-samples needs a network that enlarges them: give its file with --upsampler",
        status: .usage)
    }
    if request.format.keepsBase == true,
      request.baseSamples != nil || request.upsamplers.isEmpty
    {
      throw Failure(
        "--keep-base keeps the images of a model that are then enlarged: it needs --model and "
          + "--upsampler", status: .usage)
    }
  }

  /// A short name for everything that affects the images, except their labels and seeds.
  package var settings: String { recipe.settings(isPainted: isPainted) }

  /// The timesteps at which the networks of the first stage are evaluated, in ascending order.
  package var timesteps: [Double] { recipe.stages.first?.timesteps ?? [] }

  /// The job that makes the images of the base stage only.
  package var baseJob: ResolvedJob {
    var job = self
    job.recipe = recipe.ofBase
    job.format.keepsBase = nil
    return job
  }

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
    recipe.stages.lazy.compactMap(Self.unstableGuidance).first
  }

  private static func unstableGuidance(_ stage: Stage) -> String? {
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
    if let decoding = recipe.decoding {
      return "\(modelDescription): \(counted(work.count, "image"))\(sliceText), "
        + "\(decoding.firstStage.precision.rawValue), batches of \(decoding.batchSize)"
    }
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
      + recipe.stages.dropFirst().map { "; \($0.enlargementText)" }.joined()
      + (naming.origin == .imageNet ? ", ImageNet's class names (see --class-names)" : "")
  }
}
