import Diffusion
import Foundation
import Testing

/// Compares the multistep solver with closed forms. For normally distributed data the score is
/// linear, and the probability-flow equation has an exact solution.
@Suite struct DPMSolverPlusPlus2MTests {
  /// Data from N(μ, s²).
  private struct Gaussian {
    let mean = 0.7
    let deviation = 0.4

    /// E[x₀ | xₜ].
    func x0(_ xt: Double, at node: Node) -> Double {
      let variance = node.alphaBar * deviation * deviation + 1 - node.alphaBar
      return mean + node.alpha * deviation * deviation / variance * (xt - node.alpha * mean)
    }

    /// Returns the solution of the probability-flow equation at `t` that starts from xₛ at `s`. A
    /// point keeps its distance from the mean in standard deviations.
    func exact(_ xs: Double, from s: Node, to t: Node) -> Double {
      t.alpha * mean + (xs - s.alpha * mean) * spread(t) / spread(s)
    }

    private func spread(_ node: Node) -> Double {
      (node.alphaBar * deviation * deviation + 1 - node.alphaBar).squareRoot()
    }
  }

  private let data = Gaussian()
  private let schedule = try! TrainedSchedule(
    DiffusionConfiguration(schedule: .linear, learnsSigma: false))

  /// Returns trained steps as nodes, the noisiest first.
  private func grid(_ timesteps: [Int]) -> Grid {
    Grid(timesteps.reversed().map { schedule.node(at: Double($0)) }, end: .zero)
  }

  /// Returns nodes at equal distances in λ, from index 900 to 20.
  private func evenNodes(_ count: Int) -> [Node] {
    let (first, last) = (schedule.node(at: 900).lambda, schedule.node(at: 20).lambda)
    return (0..<count).map { i in
      let lambda = first + (last - first) * Double(i) / Double(count - 1)
      return Node(index: 0, time: 0, alphaBar: 1 / (1 + exp(-2 * lambda)))
    }
  }

  /// Returns the error at the last of `count` nodes, in double precision. All steps are the
  /// solver's.
  private func error(_ count: Int) -> Double {
    // One more node than is visited, so that the last step is of second order too.
    let nodes = evenNodes(count)
    let beyond = nodes + [schedule.node(at: 0)]
    let solver = DPMSolverPlusPlus2M(Grid(beyond, end: .zero))
    var (x, predictions) = (1.3, [Double]())
    for (node, step) in zip(nodes.dropLast(), solver.steps) {
      predictions.insert(data.x0(x, at: node), at: 0)
      x = step(x, predictions)
    }
    return abs(x - data.exact(1.3, from: nodes[0], to: nodes[count - 1]))
  }

  @Test
  func `on a normal distribution the error falls with the square of the step`() {
    let errors = [41, 81, 161, 321].map(error)
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      let order = log2(coarse / fine)
      #expect((1.9...2.05).contains(order), "order \(order)")
    }
  }

  @Test
  func `the first step, the step into the last node and the step to σ = 0 are of first order`() {
    let nodes = evenNodes(6)
    let steps = DPMSolverPlusPlus2M(Grid(nodes, end: .zero)).steps
    #expect(steps.map(\.predictions.count) == [1, 2, 2, 2, 1, 1])
    #expect(steps[5] == LinearStep(x: 0, predictions: [1]))
    // The first-order step is that of DDIM: the same point on the line through x₀ and ε.
    let (s, t, x, x0) = (nodes[0], nodes[1], 0.9, 0.2)
    let epsilon = (x - s.alpha * x0) / s.sigma
    let ddim = t.alpha * x0 + t.sigma * epsilon
    #expect(abs(steps[0](x, [x0]) - ddim) < 1e-14)
  }

  @Test
  func `a step of second order has the weights of the paper's algorithm 2`() {
    // λ of the nodes: 0, 1, 3, 4; h = 2, r = (1 − 0)/2.
    let nodes = [0.0, 1, 3, 4, 5].map { lambda in
      Node(index: 0, time: 0, alphaBar: 1 / (1 + exp(-2 * lambda)))
    }
    let step = DPMSolverPlusPlus2M(Grid(nodes, end: .zero)).steps[1]
    let (s, t) = (nodes[1], nodes[2])
    let (h, r) = (2.0, 0.5)
    #expect(abs(step.x - t.sigma / s.sigma) < 1e-14)
    #expect(abs(step.predictions[0] - t.alpha * (1 - exp(-h)) * (1 + 1 / (2 * r))) < 1e-13)
    #expect(abs(step.predictions[1] + t.alpha * (1 - exp(-h)) / (2 * r)) < 1e-13)
  }

  @Test
  func `a run on integer nodes ends near the exact image, with one evaluation at each node`() throws
  {
    let timesteps = try TimestepSpacing.sections([50]).timesteps(of: 1000)
    let solver = DPMSolverPlusPlus2M(grid(timesteps))
    let denoiser = GaussianDenoiser { data.x0($0, at: $1) }
    let shape = Latents.Shape(channels: 1, height: 4, width: 4)
    let batch = try solver.sample(seeds: [3, 4], shape: shape, denoiser: denoiser)
    #expect(denoiser.indices == timesteps.reversed().map(Double.init))
    let noise = Latents(zeros: 2, shape)
    var source = NoiseSource(seeds: [3, 4])
    source.fill(noise)
    let end = Node(index: 0, time: 0, alphaBar: 1)
    for (x, start) in zip(batch.images.values, noise.values) {
      let exact = data.exact(Double(start), from: solver.nodes[0], to: end)
      #expect(abs(Double(x) - exact) < 0.02)
    }
  }

  @Test(arguments: [0.0, 0.3, 1])
  func `a first-order step of any η keeps the variance of pure noise`(eta: Double) {
    let levels = Array(evenNodes(6))
    let steps = DPMSolverPlusPlus2M(Grid(levels, end: .sigmaMin), eta: eta).steps
    // For data that is always 0, x is σ times noise, and the prediction is 0.
    for (i, step) in steps.enumerated() {
      let (from, to) = (levels[i].sigma, levels[i + 1].sigma)
      let variance = step.x * step.x * from * from + step.noise * step.noise
      #expect(abs(variance - to * to) < 1e-14)
    }
  }

  @Test
  func `with η = 1, a first-order step has the factors of DDIM with η = 1`() {
    let (s, t) = (evenNodes(6)[1], evenNodes(6)[2])
    let step = DPMSolverPlusPlus2M(Grid([s, t], end: .sigmaMin), eta: 1).steps[0]
    // Song et al. 2021, equations 12 and 16.
    let noise =
      ((1 - t.alphaBar) / (1 - s.alphaBar) * (1 - s.alphaBar / t.alphaBar)).squareRoot()
    let direction = (1 - t.alphaBar - noise * noise).squareRoot() / s.sigma
    #expect(abs(step.noise - noise) < 1e-14)
    #expect(abs(step.x - direction) < 1e-14)
    #expect(abs(step.predictions[0] - (t.alpha - direction * s.alpha)) < 1e-14)
  }

  @Test
  func `no noise is drawn after x_T`() throws {
    var noise = NoiseSource(seeds: [9])
    let x = Latents(zeros: 1, .init(channels: 1, height: 4, width: 4))
    noise.fill(x)
    var untouched = noise
    let solver = DPMSolverPlusPlus2M(grid([0, 500, 999]))
    try solver.solve(
      x, noise: &noise, denoiser: GaussianDenoiser { data.x0($0, at: $1) }, stepDone: { _ in })
    let (next, expected) = (Latents(like: x), Latents(like: x))
    noise.fill(next)
    untouched.fill(expected)
    #expect(next.values == expected.values)
  }

  @Test
  func `a solver with history also leaves out an image that is not finite`() throws {
    let solver = DPMSolverPlusPlus2M(grid([0, 250, 500, 750, 999]))
    let shape = Latents.Shape(channels: 1, height: 4, width: 4)
    let sample = { (poison: Int?) in
      let denoiser = GaussianDenoiser(poisonAt: poison) { data.x0($0, at: $1) }
      return try solver.sample(seeds: [1, 2], shape: shape, denoiser: denoiser)
    }
    let (spoiled, clean) = (try sample(2), try sample(nil))
    #expect(spoiled.notFinite == [0: NotFinite(stepsDone: 3, steps: 5, timestep: 500)])
    #expect(spoiled.images.values(ofImage: 0) == [Float](repeating: 0, count: 16))
    #expect(spoiled.images.values(ofImage: 1) == clean.images.values(ofImage: 1))
    #expect(clean.notFinite.isEmpty)
  }
}

/// Predicts each element with a function.
private final class GaussianDenoiser: Denoiser {
  private(set) var indices: [Double] = []
  private let predict: (Double, Node) -> Double
  private let poisonAt: Int?

  /// - Parameter poisonAt: the number of the prediction in which image 0 is NaN.
  init(poisonAt: Int? = nil, _ predict: @escaping (Double, Node) -> Double) {
    self.poisonAt = poisonAt
    self.predict = predict
  }

  func predict(_ x: Latents, at node: Node) throws -> Prediction {
    let x0 = Latents(like: x)
    for i in x.elements.indices { x0.elements[i] = Float(predict(Double(x.elements[i]), node)) }
    if indices.count == poisonAt { x0[0].update(repeating: .nan) }
    indices.append(node.index)
    return Prediction(x0: x0)
  }
}
