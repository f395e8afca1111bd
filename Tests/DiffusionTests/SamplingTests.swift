import Compute
import Diffusion
import Testing

@Suite struct SamplingTests {
  @Test("the network is asked at every kept step, the noisiest first, and progress told after each")
  func order() throws {
    let network = StubNetwork()
    var done: [Int] = []
    _ = try sampler().sample(seeds: [0], height: 4, width: 4, network: network) { done.append($0) }
    #expect(network.timesteps == [999, 749, 500, 250, 0])
    #expect(network.guidanceTimesteps == network.timesteps)
    #expect(done == [1, 2, 3, 4, 5])
  }

  @Test("an image depends on its seed alone, not on its batch", arguments: [false, true])
  func batchIndependence(guided: Bool) throws {
    let seeds: [UInt64] = [7, 0, 123_456_789, 7]
    let batch = try sampler().sample(
      seeds: seeds, height: 3, width: 5, network: StubNetwork(elementCount: 45, isGuided: guided)
    ).images
    #expect(batch.shape == [4, 3, 3, 5])
    for (i, seed) in seeds.enumerated() {
      let alone = try sampler().sample(
        seeds: [seed], height: 3, width: 5, network: StubNetwork(elementCount: 45, isGuided: guided)
      ).images
      #expect(Array(batch.elements[i * 45..<(i + 1) * 45]) == alone.elements)
    }
  }

  @Test("the first draw is x_T and every step, the last included, draws once more")
  func draws() throws {
    let sampler = RecordingSampler(diffusion: try diffusion())
    let result = try sampler.sample(seeds: [5], height: 4, width: 4, network: StubNetwork())
      .images
    var generator = TorchGenerator(seed: 5)
    var sum = generator.normals(count: 48)
    for _ in 0..<5 {
      let noise = generator.normals(count: 48)
      for i in sum.indices { sum[i] += noise[i] }
    }
    #expect(result.elements == sum)
  }

  @Test(
    "an image with NaN or infinity is left out, and the others are as they would be without it",
    arguments: [Float.nan, .infinity, -.infinity], [0, 1, 2])
  func notFinite(value: Float, image: Int) throws {
    let unclipped = DDPM(diffusion: try diffusion(), clipsDenoised: false)
    let network = StubNetwork(poison: (images: [image], atCall: 2, value: value))
    let sample = { (network: StubNetwork) in
      try unclipped.sample(seeds: [0, 1, 2], height: 4, width: 4, network: network)
    }
    let batch = try sample(network)
    #expect(batch.notFinite == [image: NotFinite(stepsDone: 3, steps: 5, timestep: 500)])
    #expect(network.timesteps.count == 5)
    var expected = try sample(StubNetwork()).images
    for i in image * 48..<(image + 1) * 48 { expected.elements[i] = 0 }
    #expect(batch.images.elements == expected.elements)
  }

  @Test("the run ends when no image of the batch is finite")
  func noneLeft() throws {
    let network = StubNetwork(poison: (images: [0, 1], atCall: 3, value: .nan))
    var done: [Int] = []
    let batch = try sampler().sample(seeds: [0, 1], height: 4, width: 4, network: network) {
      done.append($0)
    }
    let fault = NotFinite(stepsDone: 4, steps: 5, timestep: 250)
    #expect(batch.notFinite == [0: fault, 1: fault])
    #expect(done == [1, 2, 3, 4])
    #expect(network.timesteps.count == 4)
  }

  @Test("NaN is not hidden by clamping x₀")
  func clampedNaN() throws {
    let network = StubNetwork(poison: (images: [0], atCall: 0, value: .nan))
    let batch = try sampler().sample(seeds: [0], height: 4, width: 4, network: network)
    #expect(batch.notFinite[0]?.stepsDone == 1)
  }

  @Test("what the progress callback throws ends the run")
  func cancellation() throws {
    struct Cancelled: Error {}
    let network = StubNetwork()
    #expect(throws: Cancelled.self) {
      try sampler().sample(seeds: [0], height: 4, width: 4, network: network) { done in
        if done == 2 { throw Cancelled() }
      }
    }
    #expect(network.timesteps.count == 2)
  }

  @Test("images too small for torch's noise rule are refused")
  func tooSmall() throws {
    #expect(throws: SamplingError.tooSmall(height: 1, width: 5)) {
      try sampler().sample(seeds: [0], height: 1, width: 5, network: StubNetwork())
    }
  }

  @Test("DDIM stays finite at η = 1 on every schedule", arguments: NoiseSchedule.allCases)
  func fullEta(schedule: NoiseSchedule) throws {
    for count in 2...40 {
      let diffusion = try GaussianDiffusion(
        configuration: DiffusionConfiguration(schedule: schedule, learnsSigma: false),
        spacing: .sections([count]))
      let sampler = DDIM(diffusion: diffusion, eta: 1)
      #expect(throws: Never.self) {
        try sampler.sample(
          seeds: [0], height: 4, width: 4, network: StubNetwork(learnsSigma: false))
      }
    }
  }

  private func diffusion() throws -> GaussianDiffusion {
    try GaussianDiffusion(
      configuration: DiffusionConfiguration(schedule: .cosine, learnsSigma: true),
      spacing: .sections([5]))
  }

  private func sampler() throws -> DDPM { DDPM(diffusion: try diffusion()) }
}

/// Stands in for the networks: ε is x/2, v is −x within [−1, 1], the gradient x/4.
private final class StubNetwork: DenoisingNetwork {
  private(set) var timesteps: [Float] = []
  private(set) var guidanceTimesteps: [Float] = []
  private let elementCount: Int
  private let learnsSigma: Bool
  private let isGuided: Bool
  private let poison: (images: [Int], atCall: Int, value: Float)?
  private var outputBuffer = FixedBuffer([])
  private var gradientBuffer = FixedBuffer([])

  init(
    elementCount: Int = 48, learnsSigma: Bool = true, isGuided: Bool = true,
    poison: (images: [Int], atCall: Int, value: Float)? = nil
  ) {
    self.elementCount = elementCount
    self.learnsSigma = learnsSigma
    self.isGuided = isGuided
    self.poison = poison
  }

  func output(
    at x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float> {
    var values: [Float] = []
    for start in stride(from: 0, to: x.count, by: elementCount) {
      let image = x[start..<start + elementCount]
      values += image.map { $0 / 2 }
      if learnsSigma { values += image.map { min(max(-$0, -1), 1) } }
    }
    if let poison, poison.atCall == timesteps.count {
      for image in poison.images {
        values[image * elementCount * (learnsSigma ? 2 : 1) + 7] = poison.value
      }
    }
    timesteps.append(timestep)
    outputBuffer = FixedBuffer(values)
    return UnsafeBufferPointer(outputBuffer.elements)
  }

  func guidance(
    at x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float>? {
    guidanceTimesteps.append(timestep)
    guard isGuided else { return nil }
    gradientBuffer = FixedBuffer(x.map { $0 / 4 })
    return UnsafeBufferPointer(gradientBuffer.elements)
  }
}

/// Adds up the noise it is given.
private struct RecordingSampler: Sampler {
  let diffusion: GaussianDiffusion
  let clipsDenoised = true

  func advance(_ image: ImageStep, step: Int) {
    for i in image.x.indices { image.x[i] += image.noise[i] }
  }
}
