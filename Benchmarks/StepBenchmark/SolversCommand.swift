import ArgumentParser
import Diffusion

/// Times the arithmetic of the solvers, without any network.
struct SolversCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solvers",
    abstract: "Time a step of each solver with a network that takes no time.",
    discussion: "The time includes ε → x₀, clamping, guidance, the draws of noise and the solver.")

  @Option(help: "Side of the images in pixels.") var size = 64
  @Option(help: "Images in each batch.") var batch = 4
  @Option(help: "Steps of each run.") var steps = 20

  private struct Row: Encodable {
    let solver: String
    let secondsPerEvaluation: Double
  }

  func run() throws {
    let configuration = DiffusionConfiguration(schedule: .linear, learnsSigma: true)
    let multistep = SolverSettings.Multistep(spacing: .timeUniform)
    let methods: [(String, SolverSettings.Method)] = [
      ("ddpm", .ddpm), ("ddim", .ddim(eta: 0)), ("dpmpp-2m", .dpmpp2M(multistep)),
      ("dpmpp-2m, eta 1", .dpmpp2M(multistep, eta: 1)), ("unipc", .uniPC(multistep, order: 3)),
      ("heun", .heun()),
    ]
    let shape = Latents.Shape(channels: 3, height: size, width: size)
    for (name, method) in methods {
      let settings = SolverSettings(method, steps: "\(steps)")
      let solver = try settings.makeSolver(for: configuration)
      let denoiser = GuidedDenoiser(
        ConstantNetwork(count: 2 * batch * shape.count),
        classifier: ConstantNetwork(count: batch * shape.count), configuration: configuration,
        clipsDenoised: true,
        conditioning: Conditioning(labels: [Label](repeating: .none, count: batch)), shape: shape)
      let times = try (0..<5).map { _ in
        try seconds {
          _ = try solver.sample(
            seeds: (0..<UInt64(batch)).map(\.self), shape: shape, denoiser: denoiser)
        }
      }
      try printJSON(
        Row(solver: name, secondsPerEvaluation: times.median / Double(solver.evaluations.count)))
    }
  }
}

/// A network whose output is always the same.
private final class ConstantNetwork: DiffusionNetwork {
  private let output: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    output = .allocate(capacity: count)
    output.initialize(repeating: 0.1)
  }

  deinit { output.deallocate() }

  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(output)
  }
}
