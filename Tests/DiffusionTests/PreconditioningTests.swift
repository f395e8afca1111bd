import Diffusion
import Foundation
import Testing

/// Networks that were trained on continuous noise levels.
@Suite struct PreconditioningTests {
  private let shape = Latents.Shape(channels: 3, height: 4, width: 4)
  private static let levels = ContinuousLevels(Preconditioning(isConsistencyModel: false))

  private func denoiser(
    _ network: some DiffusionNetwork, isConsistencyModel: Bool, clips: Bool = false
  ) -> GuidedDenoiser {
    GuidedDenoiser(
      network,
      configuration: DiffusionConfiguration(
        Preconditioning(isConsistencyModel: isConsistencyModel)),
      clipsDenoised: clips, conditioning: Conditioning(labels: [.none]), shape: shape)
  }

  /// c_skip, c_out and c_in of consistency_models' `get_scalings` and
  /// `get_scalings_for_boundary_condition`, in numpy.
  @Test(arguments: [
    (false, 0.002, 0.9999840002559959, 0.0019999840001919974, 1.999984000191997),
    (false, 1.0, 0.2, 0.4472135954999579, 0.8944271909999159),
    (false, 80.0, 3.906097418068043e-05, 0.49999023466109886, 0.012499755866527471),
    (true, 0.002, 1.0, 0.0, 1.999984000191997),
    (true, 1.0, 0.2006414104609616, 0.446319168308958, 0.8944271909999159),
    (true, 80.0, 3.90629272263522e-05, 0.4999777349052323, 0.012499755866527471),
  ])
  func `the factors are those of consistency_models`(
    isConsistencyModel: Bool, sigmaHat: Double, skip: Double, output: Double, input: Double
  ) throws {
    let network = ConstantNetwork(0.75)
    let denoiser = denoiser(network, isConsistencyModel: isConsistencyModel)
    let node = Self.levels.nearestNode(sigmaHat: sigmaHat)
    // x as solvers scale it.
    let x = Latents(zeros: 1, shape)
    x.elements.update(repeating: Float(2 * node.alpha))
    let x0 = try denoiser.predict(x, at: node).x0.elements[0]
    #expect(abs(Double(x0) - (skip * 2 + output * 0.75)) < 2e-6)
    #expect(abs(Double(network.input) - input * 2) < 1e-6 * input)
    #expect(abs(Double(network.time) - 250 * log(sigmaHat)) < 1e-4)
  }

  @Test
  func `a consistency model returns its input at the lowest noise level`() throws {
    let denoiser = denoiser(ConstantNetwork(5), isConsistencyModel: true)
    let node = Self.levels.bottom
    let x = Latents(zeros: 1, shape)
    for i in x.elements.indices { x.elements[i] = Float(node.alpha) * (Float(i) / 50 - 0.4) }
    let x0 = try denoiser.predict(x, at: node).x0
    for i in x.elements.indices { #expect(abs(x0.elements[i] - (Float(i) / 50 - 0.4)) < 1e-5) }
  }

  /// Images from N(0, σ_data²), for which the best network returns 0. The solution of the
  /// probability-flow equation is x·√((σ̂² + σ_data²)/(σ_max² + σ_data²)).
  @Test(arguments: [
    SolverSettings(.heun(), steps: "150"),
    SolverSettings(.dpmpp2M(.init(spacing: .karras)), steps: "150"),
    SolverSettings(.uniPC(.init(spacing: .karras), order: 3), steps: "40"),
    SolverSettings(.uniPC(.init(spacing: .logSNR, end: .sigmaMin)), steps: "40"),
  ])
  func `solvers follow the probability-flow equation of a preconditioned network`(
    settings: SolverSettings
  ) throws {
    let configuration = DiffusionConfiguration(Preconditioning(isConsistencyModel: false))
    let solver = try settings.makeSolver(for: configuration)
    let result = try solver.sample(
      seeds: [3], shape: shape, denoiser: denoiser(ConstantNetwork(0), isConsistencyModel: false))
    let noise = try NoiseSource.start(seeds: [3], shape: shape).x
    // Solvers of the variance-preserving form start from noise of the variance 1.
    let isHeun = settings.method.name == .heun
    let start = isHeun ? 80 : (1 + 80.0 * 80).squareRoot()
    for (x, z) in zip(result.images.elements, noise.elements) {
      let expected = start * Double(z) * 0.5 / (80.0 * 80 + 0.25).squareRoot()
      #expect(abs(Double(x) - expected) < 0.004, "\(x) \(expected)")
    }
  }

  @Test
  func `Heun's noise levels are those of EDM, and the last one is 0`() throws {
    let heun = Heun(Self.levels, count: 18)
    #expect(heun.nodes.count == 18 && heun.evaluations.count == 35)
    // EDM's generate.py, with numpy.
    for (i, sigmaHat) in [(0, 80.0), (1, 57.58598093), (9, 1.9233), (17, 0.002)] {
      #expect(abs(heun.nodes[i].sigmaHat / sigmaHat - 1) < 1e-3)
    }
    #expect(heun.steps.last?.next == nil)
  }

  @Test
  func `churn goes to the exact noise level, which no table rounds`() {
    let churn = Heun.Churn(amount: 6, range: 0.05...50, noise: 1)
    for step in Heun(Self.levels, count: 12, churn: churn).steps {
      let sigmaHat = step.churned.sigmaHat
      #expect(abs(250 * log(sigmaHat) - Double(step.churned.time)) < 1e-3)
    }
  }
}

/// A network whose output is the same everywhere.
private final class ConstantNetwork: DiffusionNetwork {
  private(set) var input: Float = 0
  private(set) var time: Float = 0
  private let value: Float
  private var buffer = FixedBuffer([])

  init(_ value: Float) { self.value = value }

  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    input = x.elements[0]
    self.time = time
    buffer = FixedBuffer([Float](repeating: value, count: x.elements.count))
    return UnsafeBufferPointer(buffer.elements)
  }
}
