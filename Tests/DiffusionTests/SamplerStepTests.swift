import Diffusion
import Testing

/// Single steps against the reference's p_sample and ddim_sample, on a batch of two.
@Suite struct SamplerStepTests {
  @Test("a step equals the reference's", arguments: expected.cases)
  func step(_ expected: StepCase) throws {
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
    // torch's square roots and exponentials are not always the nearest float; all else is equal.
    #expect(differences * 20 <= samples.count, "\(differences) of \(samples.count) differ")
  }
}

private let expected = Fixtures.decode(Steps.self, from: "steps.json")
private let tensors = Fixtures.tensors(from: "steps.safetensors")

/// steps.json.
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
    var sampler = try makeSampler()
    let batch = FixedBuffer(tensors["x"]!)
    let inputs = ["epsilon", "v", "gradient", "noise"].map { FixedBuffer(tensors[$0]!) }
    let elementCount = batch.elements.count / 2
    for start in [0, elementCount] {
      let pointers = inputs.map { UnsafePointer($0.elements.baseAddress! + start) }
      sampler.advance(
        ImageStep(
          x: .init(rebasing: batch.elements[start..<start + elementCount]), output: pointers[0],
          v: sampler.diffusion.configuration.learnsSigma ? pointers[1] : nil,
          gradient: guided ? pointers[2] : nil, noise: pointers[3]),
        step: step)
    }
    return Array(batch.elements)
  }

  private func makeSampler() throws -> any Sampler {
    let process = expected.processes[process]!
    let diffusion = try GaussianDiffusion(
      configuration: DiffusionConfiguration(
        schedule: process.schedule, learnsSigma: process.learnsSigma,
        predictsXStart: process.predictsXStart, usesSmallSigma: process.usesSmallSigma),
      spacing: TimestepSpacing(parsing: process.spacing))
    guard let eta else { return DDPM(diffusion: diffusion, clipsDenoised: clipsDenoised) }
    return DDIM(diffusion: diffusion, eta: eta, clipsDenoised: clipsDenoised)
  }
}
