import Cache
import Diffusion
import Job
import Output
import Program
import Testing

/// The default settings of a request for images of the bundled model.
@Suite struct SamplerDefaultsTests {
  private func job(_ change: (inout JobRequest) -> Void) throws -> ResolvedJob {
    var request = JobRequest(networks: .init(model: "fashion-mnist"), format: OutputFormat())
    change(&request)
    return try ResolvedJob(request, hashes: FileHashes(nil))
  }

  /// The samplers of models like this one.
  private static let samplers: [SolverSettings.Name] = [.ddpm, .ddim, .dpmpp2M, .uniPC, .heun]

  @Test(arguments: zip(samplers, ["40", "ddim50", "20", "20", "10"]))
  func `each sampler has the steps of the model's authors, or its own default`(
    _ sampler: SolverSettings.Name, steps: String
  ) throws {
    let job = try job { $0.sampling.sampler = sampler }
    #expect(job.recipe.base.solver.steps == steps)
  }

  @Test(arguments: [
    (SolverSettings.Name.ddpm, "25", false), (.ddim, "25", true), (.ddim, "ddim25", false),
    // The new solvers start where there is signal, unless the timesteps are chosen for them.
    (.dpmpp2M, "25", false), (.dpmpp2M, "20,5", true), (.uniPC, "25", false), (.heun, "18", false),
  ])
  func `guidance from a timestep without signal gives a warning with every sampler but ddpm`(
    sampler: SolverSettings.Name, steps: String, warns: Bool
  ) throws {
    let job = try job {
      $0.sampling.sampler = sampler
      $0.sampling.steps = steps
    }
    let warning = "guided \(sampler.rawValue) from timestep 999 of a cosine schedule"
    #expect(job.notes.contains { $0.contains(warning) } == warns)
  }

  @Test
  func `the bundled model has noisy DPM-Solver++ by default, and every part can be changed`() throws
  {
    let usual = try job { _ in }.recipe.base
    #expect(usual.solver == .init(.dpmpp2M(.init(spacing: .logSNR), eta: 1), steps: "20"))
    #expect(usual.guidanceInterval == GuidanceInterval(lowest: 0.3, highest: 5))
    let changed = try job {
      $0.sampling.eta = 0
      $0.sampling.solver.spacing = .karras
      $0.sampling.guidanceInterval = .all
      $0.sampling.steps = "12"
    }.recipe.base
    #expect(changed.solver == .init(.dpmpp2M(.init(spacing: .karras)), steps: "12"))
    #expect(changed.guidanceInterval == nil && changed.classifier?.scale == 3)
    // A respacing string chooses the nodes itself.
    let respaced = try job { $0.sampling.steps = "10,5" }.recipe.base
    #expect(respaced.solver.multistep?.spacing == nil)
    let unguided = try job { $0.networks.classifierScale = 0 }.recipe.base
    #expect(unguided.guides.isEmpty && unguided.guidanceInterval == nil)
    // Two steps have no node in the usual interval.
    let short = try job { $0.sampling.steps = "2" }.recipe.base
    #expect(short.classifier != nil && short.guidanceInterval == nil)
  }

  @Test
  func `the reference's steps are those of DDPM at all noise levels`() throws {
    let reference = try job {
      $0.sampling.sampler = .ddpm
      $0.sampling.steps = "250"
    }.recipe.base
    #expect(reference.solver == .init(.ddpm, steps: "250"))
    #expect(reference.guidanceInterval == nil)
  }

  @Test(arguments: samplers)
  func `the bundled model's predictions are clamped before guidance, because that is better for it`(
    sampler: SolverSettings.Name
  ) throws {
    let job = try job { $0.sampling.sampler = sampler }
    #expect(job.recipe.base.clipsDenoised && job.recipe.base.threshold == .none)
    guard sampler != .ddpm && sampler != .ddim else { return }
    let limited = try self.job {
      $0.sampling.sampler = sampler
      $0.sampling.threshold = .dynamic
      $0.sampling.clipsDenoised = false
    }
    #expect(limited.recipe.base.threshold == .dynamic(percentile: 0.995))
    #expect(!limited.recipe.base.clipsDenoised)
  }

  @Test(arguments: [
    (SolverSettings.Name.ddpm, false), (.ddim, false), (.dpmpp2M, true), (.uniPC, true),
    (.heun, true),
  ])
  func `guided images of other models have a dynamic threshold with the fast samplers`(
    sampler: SolverSettings.Name, isFast: Bool
  ) throws {
    var options = JobRequest.Sampling()
    options.sampler = sampler
    let settings = try SamplerSettings(options, defaults: [])
    #expect(settings.clipsDenoised == !isFast)
    #expect((settings.threshold.guided == .dynamic(percentile: 0.995)) == isFast)
    #expect(settings.threshold.unguided == .none)
  }

  @Test
  func `a plan counts the evaluations of each network`() throws {
    let heun = try job { $0.sampling.sampler = .heun }
    #expect(heun.recipe.base.evaluationCount(of: .denoiser) == 19)
    #expect(heun.recipe.base.evaluationCount(of: .classifier) == 19)
    let interval = try job {
      $0.sampling.sampler = .dpmpp2M
      $0.sampling.guidanceInterval = .range(0.3...5)
    }
    let nodes = try interval.recipe.base.makeSolver().evaluations
    let inside = nodes.count { $0.sigmaHat > 0.3 && $0.sigmaHat <= 5 }
    #expect(inside > 0 && inside < 20)
    #expect(interval.recipe.base.evaluationCount(of: .denoiser) == 20)
    #expect(interval.recipe.base.evaluationCount(of: .classifier) == inside)
  }
}
