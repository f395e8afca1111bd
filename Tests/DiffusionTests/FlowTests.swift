import Diffusion
import Foundation
import Testing

/// Flows: their levels and their samplers, on distributions whose x₀ is known.
@Suite struct FlowTests {
  private static let toImage = FlowProcess(.toImage)
  private static let toNoise = FlowProcess(.toNoise)
  private static let flow = DiffusionConfiguration(toImage)
  private static let adm = DiffusionConfiguration(schedule: .linear, learnsSigma: true)
  private static let edm = DiffusionConfiguration(Preconditioning(isConsistencyModel: false))

  @Test(arguments: [0, 0.001, 0.25, 0.5, 0.96, 1])
  func `a share of noise u has σ̂ = u/(1 − u), and time in either direction`(noise: Double) {
    let (a, b) = (
      FlowLevels(Self.toImage).node(noise: noise), FlowLevels(Self.toNoise).node(noise: noise)
    )
    #expect(abs(a.noiseShare - noise) < 1e-12)
    #expect(a.time == Float(1 - noise) && b.time == Float(noise))
    #expect(a.alphaBar == b.alphaBar)
    if noise < 1 { #expect(abs(a.sigmaHat - noise / (1 - noise)) < 1e-9) }
  }

  @Test func `a shift divides σ̂, and keeps both ends`() throws {
    func nodes(_ shift: Double?) throws -> [Node] {
      let flow = DiffusionConfiguration(FlowProcess(.toImage, shift: shift))
      return try SolverSettings(.euler, steps: "10").makeSolver(for: flow).nodes
    }
    let (plain, shifted) = (try nodes(nil), try nodes(0.3))
    #expect(plain[0] == shifted[0])
    for (a, b) in zip(plain, shifted).dropFirst() {
      #expect(abs(b.sigmaHat / (a.sigmaHat / 0.3) - 1) < 1e-9)
      // LightningDiT's formula for t.
      let t = Double(a.time)
      #expect(abs(Double(b.time) - 0.3 * t / (1 - 0.7 * t)) < 1e-6)
    }
  }

  @Test(arguments: [
    (SolverSettings.Method.euler, "7", 7, 7), (.heun(), "7", 7, 13), (.eulerMaruyama, "7", 7, 7),
    (.dpmpp2M(.init(spacing: .timeUniform)), "7", 7, 7),
    (.dpmpp2M(.init(spacing: .karras, end: .sigmaMin)), "7", 7, 7),
    (.uniPC(.init(spacing: .logSNR)), "7", 7, 7),
    (.uniPC(.init(spacing: .timeQuadratic, end: .sigmaMin)), "7", 7, 7),
  ])
  func `a sampler of flows takes as many steps as asked for`(
    _ method: SolverSettings.Method, _ steps: String, _ nodes: Int, _ evaluations: Int
  ) throws {
    let solver = try SolverSettings(method, steps: steps).makeSolver(for: Self.flow)
    #expect(solver.nodes.count == nodes)
    #expect(solver.evaluations.count == evaluations)
    let lambdas = solver.nodes.map(\.lambda)
    #expect(zip(lambdas, lambdas.dropFirst()).allSatisfy(<))
  }

  @Test(arguments: [
    (SolverSettings(.ddpm, steps: "250"), flow, SolverSettingsError.flowNeeds(.ddpm)),
    (SolverSettings(.ddim(eta: 0), steps: "25"), flow, .flowNeeds(.ddim)),
    (SolverSettings(.consistency, steps: "1"), flow, .noConsistencyModel),
    (SolverSettings(.euler, steps: "25"), adm, .needsFlow(.euler)),
    (SolverSettings(.eulerMaruyama, steps: "25"), edm, .needsFlow(.eulerMaruyama)),
    (SolverSettings(.euler, steps: "ddim25"), flow, .noCount("ddim25", .euler)),
    (SolverSettings(.eulerMaruyama, steps: "1"), flow, .stepCount(1)),
    (SolverSettings(.uniPC(), steps: "10,10"), flow, .noCount("10,10", .uniPC)),
    (
      SolverSettings(.heun(.init(amount: 4, range: 0...1, noise: 1)), steps: "20"), flow,
      .churnOfFlow
    ),
  ])
  func `a sampler that does not suit the training of the network is refused`(
    settings: SolverSettings, configuration: DiffusionConfiguration, error: SolverSettingsError
  ) {
    #expect(throws: error) { try settings.makeSolver(for: configuration) }
    #expect(!"\(error)".contains("--"))
  }

  // MARK: - Orders and distributions

  private static let data = Mixture(
    weights: [0.3, 0.4, 0.3], means: [-0.6, 0.1, 0.7], deviations: [0.3, 0.25, 0.35])

  /// x₀ at a state of the flow.
  private static func denoise(_ x: Double, _ node: Node) -> Double {
    data.x0(x * (node.alpha + node.sigma), at: node)
  }

  private static func run(_ start: Double, _ count: Int, _ order: FlowODE.Order) -> Double {
    let solver = FlowODE(FlowLevels(toImage), count: count, order)
    return zip(solver.nodes, solver.steps).reduce(start) { x, pair in
      let (node, step) = pair
      // Pure noise says nothing about the image, so that its mean remains.
      let mean = zip(data.weights, data.means).reduce(0) { $0 + $1.0 * $1.1 }
      let first = node.alphaBar == 0 ? mean : denoise(x, node)
      let predicted = step.euler(x, [first])
      guard let correction = step.correction else { return predicted }
      return correction.step(x, [denoise(predicted, correction.node), first])
    }
  }

  @Test(arguments: [(FlowODE.Order.euler, 0.85...1.15), (.heun, 1.7...2.3)])
  func `the error of a method falls with its order`(
    _ order: FlowODE.Order, _ range: ClosedRange<Double>
  ) {
    let starts = [-1.4, -0.6, 0.2, 0.9, 1.7]
    let exact = starts.map { Self.run($0, 16_384, .heun) }
    let errors = [128, 256, 512].map { count -> Double in
      let squares = zip(starts, exact).map { start, value -> Double in
        let difference = Self.run(start, count, order) - value
        return difference * difference
      }
      return squares.reduce(0.0) { $0 + $1 }.squareRoot()
    }
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      #expect(range.contains(log2(coarse / fine)), "order \(log2(coarse / fine))")
    }
  }

  /// For data with the variance s² all is linear, so that the variance of x follows without draws.
  @Test(arguments: [0.5, 1, 2])
  func `the SDE ends with the variance of the data`(deviation: Double) {
    let solver = EulerMaruyama(FlowLevels(Self.toNoise), count: 4000)
    let variance = zip(solver.nodes, solver.steps).reduce(1.0) { variance, pair in
      let (node, step) = pair
      let (u, s) = (node.noiseShare, deviation)
      // E[x₀ | x] = k·x
      let k = (1 - u) * s * s / ((1 - u) * (1 - u) * s * s + u * u)
      let factor = step.x + step.predictions[0] * k
      return factor * factor * variance + step.noise * step.noise
    }
    // The last step adds no noise, so that a little is missing.
    #expect(abs(variance.squareRoot() / deviation - 1) < 0.03)
    #expect(solver.steps.count { $0.noise > 0 } == 3999)
  }

  // MARK: - Guidance

  /// A network whose velocity is its input times the label, plus one.
  private final class Velocity: DiffusionNetwork {
    private let buffer: FixedBuffer
    private(set) var times: [Float] = []
    private(set) var inputs: [[Float]] = []

    init(count: Int) { buffer = FixedBuffer([Float](repeating: 0, count: count)) }

    func run(
      _ x: Latents, time: Float, _ conditioning: Conditioning
    ) throws -> UnsafeBufferPointer<Float> {
      times.append(time)
      inputs.append(x.values)
      for image in 0..<x.batch {
        guard case .of(let label) = conditioning.labels[image] else {
          for i in x[image].indices { buffer.elements[image * x.shape.count + i] = 0.5 }
          continue
        }
        for i in x[image].indices {
          buffer.elements[image * x.shape.count + i] = Float(label) * x[image][i] + 1
        }
      }
      return UnsafeBufferPointer(buffer.elements)
    }
  }

  @Test(arguments: [Optional(3), nil])
  func `guidance moves the first channels of a flow, and leaves the others`(channels: Int?) throws {
    let shape = Latents.Shape(channels: 4, height: 2, width: 2)
    let network = Velocity(count: 2 * shape.count)
    let labels = Conditioning(labels: [.of(2), .of(3)])
    let guide = try GuidingNetwork(
      network, conditioning: Conditioning(labels: [.null, .null]), configuration: Self.flow,
      main: Self.flow, scale: 4, guidedChannels: channels, shape: shape)
    let denoiser = GuidedDenoiser(
      network, guide: guide, configuration: Self.flow, clipsDenoised: false, conditioning: labels,
      shape: shape)
    let node = FlowLevels(Self.toImage).node(noise: 0.25)
    let x = Latents(zeros: 2, shape)
    for i in x.elements.indices { x.elements[i] = Float(i) / 8 - 2 }
    let scale = Float(node.alpha + node.sigma)
    let scaled = Latents(like: x)
    for i in x.elements.indices { scaled.elements[i] = scale * x.elements[i] }

    let prediction = try denoiser.predict(scaled, at: node)
    #expect(network.times == [0.75, 0.75])
    for image in 0..<2 {
      for i in x[image].indices {
        let conditional = Float(2 + image) * x[image][i] + 1
        let isGuided = i < (channels ?? 4) * 4
        let velocity = isGuided ? 0.5 + 4 * (conditional - 0.5) : conditional
        #expect(abs(prediction.x0[image][i] - (x[image][i] + 0.25 * velocity)) < 1e-5)
      }
    }
  }

  @Test func `an interval of shares of noise includes its ends`() {
    let interval = GuidanceInterval(noise: 0.1...0.7)
    let levels = FlowLevels(Self.toNoise)
    #expect(interval.isValid)
    for (noise, isInside) in [(0.1, true), (0.7, true), (0.4, true), (0.09, false), (0.71, false)] {
      #expect(interval.contains(levels.node(noise: noise)) == isInside, "\(noise)")
    }
    let open = GuidanceInterval(noise: 0...1)
    #expect(open.isValid && open.contains(levels.node(noise: 1)))
  }
}
