import Compute
import Diffusion
import Foundation
import Model
import Recipe
import Testing

/// Recipes that commit 29f4d3c wrote into job.json, and their hashes.
@Suite struct RecipeTests {
  static let recorded: [Recorded] = {
    let url = Bundle.module.resourceURL!.appending(path: "Fixtures/recipes.json")
    return try! JSONDecoder().decode([Recorded].self, from: Data(contentsOf: url))
  }()

  struct Recorded: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let settings: String
    let recipe: SamplingRecipe
    var testDescription: String { name }
  }

  @Test(arguments: recorded)
  func `a recipe of an earlier version has the hash that it was given then`(recorded: Recorded)
    throws
  {
    #expect(recorded.recipe.hash == recorded.settings)
    try recorded.recipe.validate()
  }

  @Test(arguments: recorded)
  func `a recipe is written in the form in which it was read`(recorded: Recorded) throws {
    let data = try JSONEncoder().encode(recorded.recipe)
    #expect(try JSONDecoder().decode(SamplingRecipe.self, from: data) == recorded.recipe)
  }

  @Test
  func `the hash does not depend on the paths of the files`() {
    var recipe = Self.recorded[0].recipe
    recipe.base.denoiser.path = "/elsewhere/model.pt"
    #expect(recipe.hash == Self.recorded[0].settings)
  }

  @Test
  func `every setting that images depend on is in the hash`() {
    let recipe = Self.recorded.first { $0.recipe.base.classifier != nil }!.recipe
    let changes: [(inout Stage) -> Void] = [
      { $0.denoiser.sha256 = "0" }, { $0.denoiser.prefix = "model." },
      { $0.guides = [] }, { $0.guides = [.classifier($0.classifier!.source, scale: 7)] },
      { $0.process.predictsXStart.toggle() }, { $0.solver.steps = "17" },
      { $0.process.preconditioning = .init(isConsistencyModel: false) },
      { $0.process.preconditioning = .init(isConsistencyModel: true) },
      { $0.process.preconditioning = .init(isConsistencyModel: true, sigmaMax: 40) },
      { $0.process.latent = .init(betaStart: 0.0015, betaEnd: 0.0195) },
      { $0.process.latent = .init(betaStart: 0.0015, betaEnd: 0.0155) },
      {
        $0.process.latent = .init(betaStart: 0.0015, betaEnd: 0.0195, storedAlphaBar: [0.9, 0.8])
      },
      { $0.solver.method = .plms },
      { $0.solver.method = .ddim(eta: 0.25) }, { $0.solver.method = .dpmpp2M() },
      { $0.solver.method = .dpmpp2M(.init(spacing: .logSNR)) },
      { $0.solver.method = .dpmpp2M(.init(end: .sigmaMin)) },
      { $0.solver.method = .dpmpp2M(.init(lowersOrderAtEnd: false)) },
      { $0.solver.method = .dpmpp2M(eta: 1) },
      { $0.solver.method = .uniPC() }, { $0.solver.method = .uniPC(order: 3) },
      { $0.solver.method = .heun() }, { $0.solver.method = .consistency },
      { $0.solver.method = .heun(.init(amount: 4, range: 0.05...50, noise: 1.003)) },
      { $0.clipsDenoised.toggle() }, { $0.batchSize += 1 }, { $0.precision = .bf16 },
      { stage in
        guard case .unet(var unet) = stage.denoiser.architecture else { return }
        unet.nullClass = 3
        stage.denoiser.architecture = .unet(unet)
      },
      { stage in
        guard case .unet(var unet) = stage.denoiser.architecture else { return }
        unet.latentChannels = 4
        stage.denoiser.architecture = .unet(unet)
      },
      { stage in
        guard case .unet(var unet) = stage.denoiser.architecture else { return }
        unet.attentionDimensions = 2
        stage.denoiser.architecture = .unet(unet)
      },
      { stage in
        guard case .unet(var unet) = stage.denoiser.architecture else { return }
        unet.spatialTransformer = .init(contextChannels: 512)
        stage.denoiser.architecture = .unet(unet)
      },
    ]
    let hashes = changes.map { change in
      var changed = recipe
      change(&changed.base)
      return changed.hash
    }
    #expect(Set(hashes + [recipe.hash]).count == changes.count + 1)
  }

  @Test
  func `the networks of a recipe are listed by role, in the order of preparation`() {
    for recorded in Self.recorded {
      let stage = recorded.recipe.base
      let parts: [NetworkRole.Part] =
        stage.classifier == nil ? [.denoiser] : [.denoiser, .classifier]
      #expect(recorded.recipe.networks.map(\.role) == parts.map { NetworkRole(stage: 0, part: $0) })
      #expect(recorded.recipe.networks.first?.source == stage.denoiser)
    }
  }

  @Test
  func `a recipe with impossible numbers is refused`() {
    let changes: [(inout Stage) -> Void] = [
      { $0.batchSize = 0 }, { $0.process.steps = 0 }, { $0.solver.steps = "ddim7000" },
      { $0.solver.method = .ddim(eta: 2) }, { $0.solver.method = .ddim(eta: .nan) },
      { stage in
        guard case .unet(var unet) = stage.denoiser.architecture else { return }
        unet.attentionDimensions = .max
        stage.denoiser.architecture = .unet(unet)
      },
      // Its network predicts variances.
      { stage in
        stage.process = .init(Preconditioning(isConsistencyModel: true))
        stage.solver = .init(.consistency, steps: "1")
        stage.guides = []
      },
    ]
    for change in changes {
      var recipe = Self.recorded[0].recipe
      change(&recipe.base)
      #expect(throws: (any Error).self) { try recipe.validate() }
    }
  }

  private static let decoding = SamplingRecipe(
    decoding: LatentDecoding(
      latents: LatentsSource(path: "latents.npy", sha256: "a", classCount: nil),
      firstStage: FirstStage(
        source: NetworkSource(
          path: "vae", sha256: "b",
          architecture: .decoder(
            AutoencoderConfiguration(
              kind: .kl, imageSize: 16, latentChannels: 4, stemChannels: 32, widths: [32, 64],
              residualBlocks: 1, attentionDownsamplings: []))),
        scaling: LatentScaling(factor: 0.5), rounding: .rounded, precision: .f32),
      batchSize: 4))

  @Test
  func `a recipe that decodes latents is written in the form in which it is read`() throws {
    let data = try JSONEncoder().encode(Self.decoding)
    let read = try JSONDecoder().decode(SamplingRecipe.self, from: data)
    try read.validate()
    #expect(read == Self.decoding && read.stages.isEmpty)
    #expect(read.networks.map(\.role) == [NetworkRole(stage: 0, part: .decoder)])
    #expect(read.imageSize == 16 && read.batchSize == 4 && read.classCount == nil)
    #expect(read.limitingBatches(to: 2).batchSize == 2)
  }

  @Test
  func `latents and the first stage are in the hash of a recipe that decodes, paths are not`() {
    func hash(_ change: (inout LatentDecoding) -> Void) -> String {
      var decoding = Self.decoding.decoding!
      change(&decoding)
      return SamplingRecipe(decoding: decoding).hash
    }
    let same = [
      hash { $0.latents.path = "/elsewhere.npy" }, hash { $0.firstStage.source.path = "other" },
      hash { $0.batchSize = 9 },
    ]
    #expect(same.allSatisfy { $0 == Self.decoding.hash })
    let others = [
      hash { $0.latents.sha256 = "c" }, hash { $0.firstStage.source.sha256 = "c" },
      hash { $0.firstStage.scaling.factor = 2 }, hash { $0.firstStage.rounding = .truncated },
      hash { $0.firstStage.precision = .bf16 },
    ]
    #expect(Set(others + [Self.decoding.hash]).count == others.count + 1)
  }

  @Test
  func `a recipe that decodes with impossible numbers is refused`() {
    let changes: [(inout LatentDecoding) -> Void] = [
      { $0.batchSize = 0 }, { $0.latents.classCount = 0 }, { $0.firstStage.scaling.factor = 0 },
      { $0.firstStage.scaling.mean = [1] },
    ]
    for change in changes {
      var decoding = Self.decoding.decoding!
      change(&decoding)
      #expect(throws: (any Error).self) { try SamplingRecipe(decoding: decoding).validate() }
    }
  }
}
