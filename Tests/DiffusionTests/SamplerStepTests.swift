import Diffusion
import Testing

/// Compares single steps with the reference's p_sample and ddim_sample, on a batch of two images.
@Suite struct SamplerStepTests {
  @Test(arguments: expected.cases)
  func `a step equals the reference's`(_ expected: StepCase) throws {
    let samples = try #require(tensors["\(expected.name).sample"])
    let batchCount = samples.count / expected.steps.count
    var differences = 0
    for (i, step) in expected.steps.enumerated() {
      let wanted = samples[i * batchCount..<(i + 1) * batchCount]
      let batch = try expected.advanced(at: step)
      let scale = wanted.reduce(0) { max($0, $1.magnitude) }
      for (value, wanted) in zip(batch, wanted) {
        #expect((value - wanted).magnitude <= 2e-7 * scale, "step \(step)")
        differences += value == wanted ? 0 : 1
      }
    }
    // torch's square roots and exponentials are not always the nearest float. Everything else is
    // equal.
    #expect(differences * 20 <= samples.count, "\(differences) of \(samples.count) differ")
  }
}

private let expected = Fixtures.decode(Steps.self, from: "steps.json")
private let tensors = Fixtures.tensors(from: "steps.safetensors")

/// The contents of steps.json.
private struct Steps: Decodable {
  let processes: [String: Process]
  let cases: [StepCase]
}

/// A diffusion process of steps.json.
private struct Process: Decodable {
  let schedule: NoiseSchedule
  let spacing: String
  let learnsSigma: Bool
  let predictsXStart: Bool
  let usesSmallSigma: Bool
}

/// A sampler of one of the processes, at several steps.
struct StepCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let process: String
  let eta: Float?
  let guided: Bool
  let clipsDenoised: Bool
  let steps: [Int]

  var testDescription: String { name }

  /// The fixture's batch after one step.
  func advanced(at step: Int) throws -> [Float] {
    let solver = try makeSolver()
    let x = batch("x")
    let denoiser = GuidedDenoiser(
      FixedNetwork(output), classifier: guided ? FixedNetwork(tensors["gradient"]!) : nil,
      configuration: solver.process.configuration, clipsDenoised: clipsDenoised,
      conditioning: Conditioning(labels: [.none, .none]), shape: x.shape)
    let prediction = try denoiser.predict(x, at: solver.process.node(at: step))
    solver.advance(x, step: step, prediction, noise: batch("noise"))
    return x.values
  }

  /// Returns a tensor of two images. Their shape does not matter here.
  private func batch(_ name: String) -> Latents {
    let values = tensors[name]!
    let latents = Latents(zeros: 2, .init(channels: 1, height: 1, width: values.count / 2))
    _ = latents.elements.update(from: values)
    return latents
  }

  /// The output of the network: ε of each image, followed by v if σ is learned.
  private var output: [Float] {
    let (epsilon, v) = (tensors["epsilon"]!, tensors["v"]!)
    guard expected.processes[process]!.learnsSigma else { return epsilon }
    let count = epsilon.count / 2
    return [0, count].flatMap { epsilon[$0..<$0 + count] + v[$0..<$0 + count] }
  }

  private func makeSolver() throws -> any OneStepSolver {
    let process = expected.processes[process]!
    let diffusion = try GaussianDiffusion(
      configuration: DiffusionConfiguration(
        schedule: process.schedule, learnsSigma: process.learnsSigma,
        predictsXStart: process.predictsXStart, usesSmallSigma: process.usesSmallSigma),
      spacing: TimestepSpacing(parsing: process.spacing))
    guard let eta else { return DDPM(diffusion) }
    return DDIM(diffusion, eta: eta)
  }
}

/// Returns the same values in every run.
private final class FixedNetwork: DiffusionNetwork {
  private let result: FixedBuffer

  init(_ values: [Float]) { result = FixedBuffer(values) }

  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(result.elements)
  }
}
