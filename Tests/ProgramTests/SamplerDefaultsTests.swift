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

  @Test(arguments: zip(SolverSettings.Name.allCases, ["40", "ddim50", "ddim25"]))
  func `each sampler has the steps of the model's authors, or its own default`(
    _ sampler: SolverSettings.Name, steps: String
  ) throws {
    let job = try job { $0.sampling.sampler = sampler }
    #expect(job.recipe.base.solver.steps == steps)
  }

  @Test(arguments: SolverSettings.Name.allCases)
  func `guidance from a timestep without signal gives a warning with every sampler but ddpm`(
    _ sampler: SolverSettings.Name
  ) throws {
    let job = try job {
      $0.sampling.sampler = sampler
      $0.sampling.steps = "25"
    }
    let warning = "guided \(sampler.rawValue) from timestep 999 of a cosine schedule"
    #expect(job.notes.contains { $0.contains(warning) } == (sampler != .ddpm))
    let earlier = try self.job {
      $0.sampling.sampler = sampler
      $0.sampling.steps = "ddim25"
    }
    #expect(!earlier.notes.contains { $0.contains("broken images") })
  }
}
