import Compute
import Diffusion
import Testing

@Suite struct SamplingTests {
  @Test
  func `the network is evaluated at each kept step, noisiest first, with a report after each`()
    throws
  {
    let network = StubNetwork()
    var done: [Int] = []
    _ = try solver().sample(seeds: [0], shape: rgb4x4, denoiser: denoiser(network, images: 1)) {
      done.append($0)
    }
    #expect(network.timesteps == [999, 749, 500, 250, 0])
    #expect(network.guidanceTimesteps == network.timesteps)
    #expect(done == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [false, true])
  func `an image depends only on its seed, not on its batch`(guided: Bool) throws {
    let seeds: [UInt64] = [7, 0, 123_456_789, 7]
    let shape = Latents.Shape(channels: 3, height: 3, width: 5)
    let sample = { (seeds: [UInt64]) in
      let network = StubNetwork(elementCount: 45, isGuided: guided)
      let denoiser = denoiser(network, images: seeds.count, shape: shape)
      return try solver().sample(seeds: seeds, shape: shape, denoiser: denoiser).images
    }
    let batch = try sample(seeds)
    #expect(batch.batch == 4 && batch.shape == shape)
    for (i, seed) in seeds.enumerated() {
      #expect(batch.values(ofImage: i) == (try sample([seed]).values))
    }
  }

  @Test
  func `the first draw is x_T, and every step, including the last, draws again`() throws {
    let solver = RecordingSolver(process: try diffusion())
    let result = try solver.sample(
      seeds: [5], shape: rgb4x4, denoiser: denoiser(StubNetwork(), images: 1)
    ).images
    var generator = TorchGenerator(seed: 5)
    var sum = generator.normals(count: 48)
    for _ in 0..<5 {
      let noise = generator.normals(count: 48)
      for i in sum.indices { sum[i] += noise[i] }
    }
    #expect(result.values == sum)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 1, 2])
  func `an image with NaN or infinity is left out, and the others are unaffected`(
    value: Float, image: Int
  ) throws {
    let solver = try solver()
    let network = StubNetwork(poison: (images: [image], atCall: 2, value: value))
    let sample = { (network: StubNetwork) in
      try solver.sample(
        seeds: [0, 1, 2], shape: rgb4x4, denoiser: denoiser(network, images: 3, clips: false))
    }
    let batch = try sample(network)
    #expect(batch.notFinite == [image: NotFinite(stepsDone: 3, steps: 5, timestep: 500)])
    #expect(network.timesteps.count == 5)
    let expected = try sample(StubNetwork()).images
    expected[image].update(repeating: 0)
    #expect(batch.images.values == expected.values)
  }

  @Test
  func `the run ends when no image of the batch is finite`() throws {
    let network = StubNetwork(poison: (images: [0, 1], atCall: 3, value: .nan))
    var done: [Int] = []
    let batch = try solver().sample(
      seeds: [0, 1], shape: rgb4x4, denoiser: denoiser(network, images: 2)
    ) { done.append($0) }
    let fault = NotFinite(stepsDone: 4, steps: 5, timestep: 250)
    #expect(batch.notFinite == [0: fault, 1: fault])
    #expect(done == [1, 2, 3, 4])
    #expect(network.timesteps.count == 4)
  }

  @Test
  func `NaN is not hidden by clamping x₀`() throws {
    let network = StubNetwork(poison: (images: [0], atCall: 0, value: .nan))
    let batch = try solver().sample(
      seeds: [0], shape: rgb4x4, denoiser: denoiser(network, images: 1))
    #expect(batch.notFinite[0]?.stepsDone == 1)
  }

  @Test
  func `an error from the progress callback ends the run`() throws {
    struct Cancelled: Error {}
    let network = StubNetwork()
    #expect(throws: Cancelled.self) {
      try solver().sample(seeds: [0], shape: rgb4x4, denoiser: denoiser(network, images: 1)) {
        if $0 == 2 { throw Cancelled() }
      }
    }
    #expect(network.timesteps.count == 2)
  }

  @Test
  func `images with fewer elements than torch's noise needs are refused`() throws {
    let shape = Latents.Shape(channels: 3, height: 1, width: 5)
    #expect(throws: SamplingError.tooSmall(shape)) {
      try solver().sample(
        seeds: [0], shape: shape, denoiser: denoiser(StubNetwork(), images: 1, shape: shape))
    }
  }

  @Test(arguments: NoiseSchedule.allCases)
  func `DDIM stays finite at η = 1 on every schedule`(schedule: NoiseSchedule) throws {
    for count in 2...40 {
      let diffusion = try GaussianDiffusion(
        configuration: DiffusionConfiguration(schedule: schedule, learnsSigma: false),
        spacing: .sections([count]))
      let network = StubNetwork(learnsSigma: false)
      let batch = try DDIM(diffusion, eta: 1).sample(
        seeds: [0], shape: rgb4x4, denoiser: denoiser(network, images: 1))
      #expect(batch.notFinite.isEmpty, "\(count) steps")
    }
  }

  private func diffusion() throws -> GaussianDiffusion {
    try GaussianDiffusion(
      configuration: DiffusionConfiguration(schedule: .cosine, learnsSigma: true),
      spacing: .sections([5]))
  }

  private func solver() throws -> DDPM { DDPM(try diffusion()) }

  private func denoiser(
    _ network: StubNetwork, images: Int, shape: Latents.Shape? = nil, clips: Bool = true
  ) -> GuidedDenoiser {
    GuidedDenoiser(
      network, classifier: network.isGuided ? network.gradient : nil,
      configuration: DiffusionConfiguration(schedule: .cosine, learnsSigma: network.learnsSigma),
      clipsDenoised: clips,
      conditioning: Conditioning(labels: [Label](repeating: .none, count: images)),
      shape: shape ?? rgb4x4)
  }
}

private let rgb4x4 = Latents.Shape(channels: 3, height: 4, width: 4)

/// Replaces the networks: ε is x/2, v is −x clamped to [−1, 1], and the gradient is x/4.
private final class StubNetwork: DiffusionNetwork {
  private(set) var timesteps: [Float] = []
  var guidanceTimesteps: [Float] { gradient.timesteps }
  let gradient = StubGradient()
  let learnsSigma: Bool
  let isGuided: Bool
  private let elementCount: Int
  private let poison: (images: [Int], atCall: Int, value: Float)?
  private var outputBuffer = FixedBuffer([])

  init(
    elementCount: Int = 48, learnsSigma: Bool = true, isGuided: Bool = true,
    poison: (images: [Int], atCall: Int, value: Float)? = nil
  ) {
    self.elementCount = elementCount
    self.learnsSigma = learnsSigma
    self.isGuided = isGuided
    self.poison = poison
  }

  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    var values: [Float] = []
    for image in 0..<x.batch {
      values += x[image].map { $0 / 2 }
      if learnsSigma { values += x[image].map { min(max(-$0, -1), 1) } }
    }
    if let poison, poison.atCall == timesteps.count {
      for image in poison.images {
        values[image * elementCount * (learnsSigma ? 2 : 1) + 7] = poison.value
      }
    }
    timesteps.append(time)
    outputBuffer = FixedBuffer(values)
    return UnsafeBufferPointer(outputBuffer.elements)
  }
}

/// The classifier of `StubNetwork`.
private final class StubGradient: DiffusionNetwork {
  private(set) var timesteps: [Float] = []
  private var buffer = FixedBuffer([])

  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    timesteps.append(time)
    buffer = FixedBuffer(x.elements.map { $0 / 4 })
    return UnsafeBufferPointer(buffer.elements)
  }
}

/// Adds the given noise to the image.
private struct RecordingSolver: OneStepSolver {
  let process: GaussianDiffusion

  func advance(_ image: ImageStep, step: Int) {
    for i in image.x.indices { image.x[i] += image.noise[i] }
  }
}
