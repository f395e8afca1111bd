import Arguments
import Cache
import Diffusion
import Foundation
import Job
import Output
import Program
import TestSupport
import Testing

/// Jobs with networks of consistency_models.
@Suite struct ConsistencyJobTests {
  private let folder: TemporaryFolder
  private let file: URL

  init() throws {
    folder = try TemporaryFolder()
    file = folder.url.appending(path: "model.safetensors")
    try ConsistencyWeights.file().write(to: file)
  }

  private func job(
    _ mode: String, _ change: (inout JobRequest) -> Void = { _ in }
  ) throws -> ResolvedJob {
    var request = JobRequest(networks: .init(model: file.path), format: OutputFormat())
    request.networks.modelFlags = "\(ConsistencyWeights.flags) --training_mode \(mode)"
    change(&request)
    return try ResolvedJob(request, hashes: FileHashes(nil))
  }

  @Test
  func `the defaults are those of consistency_models`() throws {
    let edm = try job("edm").recipe.base
    #expect(edm.solver == SolverSettings(.heun(), steps: "40"))
    #expect(edm.clipsDenoised && edm.threshold == .none && edm.guides.isEmpty)
    let model = try job("consistency_training").recipe.base
    #expect(model.solver == SolverSettings(.consistency, steps: "1"))
    #expect(model.clipsDenoised)
  }

  @Test(arguments: [SolverSettings.Name.dpmpp2M, .uniPC])
  func `the fast samplers spread their nodes as EDM does`(sampler: SolverSettings.Name) throws {
    let stage = try job("edm") { $0.sampling.sampler = sampler }.recipe.base
    #expect(stage.solver.steps == "20" && stage.solver.multistep?.spacing == .karras)
    #expect(stage.clipsDenoised)
  }

  @Test
  func `a recipe survives job.json, and each training has its own hash`() throws {
    let recipes = try ["edm", "consistency_distillation"].map { try job($0).recipe }
    for recipe in recipes {
      let data = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(type(of: recipe), from: data) == recipe)
      try recipe.validate()
    }
    #expect(recipes[0].hash != recipes[1].hash)
  }

  @Test(arguments: [
    (
      "edm", "--sampler: ddpm needs a model that was trained on the steps",
      { @Sendable (request: inout JobRequest) in request.sampling.sampler = .ddpm }
    ),
    ("edm", "--sampler: ddim needs", { @Sendable in $0.sampling.steps = "ddim25" }),
    ("edm", "--sampler: consistency needs", { @Sendable in $0.sampling.sampler = .consistency }),
    (
      "consistency_training", "--sampler: heun cannot sample a consistency model",
      { @Sendable in $0.sampling.sampler = .heun }
    ),
    (
      "consistency_training", "--steps: consistency needs",
      { @Sendable in $0.sampling.steps = "3,1" }
    ),
    (
      "edm", "--spacing: time-uniform",
      { @Sendable in
        $0.sampling.sampler = .uniPC
        $0.sampling.solver.spacing = .timeUniform
      }
    ),
    (
      "edm", "cannot be guided",
      { @Sendable in
        $0.networks.classifier = Bundled.classifier.path
        $0.networks.classifierFlags = Bundled.classifierFlags
      }
    ),
    (
      "edm", "cannot be guided",
      { @Sendable in
        $0.networks.nullClass = 9
        $0.networks.cfgScale = 2
      }
    ),
    ("edm", "there is no preset 'nothing'", { @Sendable in $0.networks.preset = "nothing" }),
    (
      "edm", "'diffuse-mpi models'", { @Sendable in $0.networks.preset = "nothing" }
    ),
    (
      "edm", "does not have the architecture of the preset edm_imagenet64_ema",
      { @Sendable in $0.networks.preset = "edm_imagenet64_ema" }
    ),
  ])
  func `what a preconditioned network cannot do is refused with what to do`(
    mode: String, says: String, change: @Sendable (inout JobRequest) -> Void
  ) throws {
    let failure = try #require(throws: Failure.self) { try job(mode, change) }
    #expect(failure.status.rawValue == 64, "\(failure)")
    #expect(failure.message.contains(says), "\(failure)")
  }

  @Test
  func `a preconditioned network cannot guide another one`() throws {
    var request = JobRequest(networks: .init(model: "fashion-mnist"), format: OutputFormat())
    request.networks.guide = file.path
    request.networks.guideFlags = "\(ConsistencyWeights.flags) --training_mode edm"
    request.networks.guideScale = 2
    let failure = try #require(throws: Failure.self) {
      try ResolvedJob(request, hashes: FileHashes(nil))
    }
    #expect(failure.message.contains("cannot guide another one"), "\(failure)")
  }

  @Test
  func `a preset is not for a bundled model`() throws {
    var request = JobRequest(networks: .init(model: "fashion-mnist"), format: OutputFormat())
    request.networks.preset = "64x64_diffusion"
    let failure = try #require(throws: Failure.self) {
      try ResolvedJob(request, hashes: FileHashes(nil))
    }
    #expect(failure.status.rawValue == 64 && failure.message.contains("--preset"), "\(failure)")
  }
}
