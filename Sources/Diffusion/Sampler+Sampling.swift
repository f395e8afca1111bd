import Compute

extension Sampler {
  /// Makes one image from each seed, all in one batch, from noise to x₀.
  ///
  /// An image's noise comes from its own seed alone: first x_T, then one draw at every step, the
  /// last included (the rule of NVlabs/edm's `StackedRandomGenerator`).
  ///
  /// An image that is no longer finite is left out of the steps that follow; the others, which no
  /// operation mixes with it, go on. The run ends when none is left.
  ///
  /// - Parameter progress: called after each step with the number of steps done; what it throws
  ///   ends the run.
  /// - Throws: `SamplingError` when the images are too small, and what the network or `progress`
  ///   throws.
  package func sample(
    seeds: [UInt64], height: Int, width: Int, network: some DenoisingNetwork,
    progress: (_ stepsDone: Int) throws -> Void = { _ in }
  ) throws -> SampledBatch {
    let elementCount = 3 * height * width
    guard elementCount >= TorchGenerator.fewestNormals else {
      throw SamplingError.tooSmall(height: height, width: width)
    }
    var images = seeds.map { ImageState(generator: TorchGenerator(seed: $0), sampler: self) }
    var batch = Tensor(zeros: [seeds.count, 3, height, width])
    var notFinite: [Int: NotFinite] = [:]
    var noise = [Float](repeating: 0, count: elementCount)
    try batch.elements.withUnsafeMutableBufferPointer { x in
      try noise.withUnsafeMutableBufferPointer { noise in
        for i in images.indices {
          images[i].generator.fillNormal(x.share(i, of: elementCount))
        }
        for step in (0..<diffusion.count).reversed() where notFinite.count < images.count {
          try advance(
            &images, except: &notFinite, x: x, noise: noise, step: step, network: network)
          try progress(diffusion.count - step)
        }
      }
    }
    return SampledBatch(images: batch, notFinite: notFinite)
  }

  /// Takes the images that are finite through one step.
  private func advance(
    _ images: inout [ImageState<Self>], except notFinite: inout [Int: NotFinite],
    x: UnsafeMutableBufferPointer<Float>,
    noise: UnsafeMutableBufferPointer<Float>, step: Int, network: some DenoisingNetwork
  ) throws {
    let timestep = diffusion.networkTimestep(at: step)
    let output = try network.output(at: UnsafeBufferPointer(x), timestep: timestep)
    let gradient = try network.guidance(at: UnsafeBufferPointer(x), timestep: timestep)
    let learnsSigma = diffusion.configuration.learnsSigma
    let outputShare = noise.count * (learnsSigma ? 2 : 1)
    precondition(output.count == images.count * outputShare, "output of another shape than asked")
    precondition(gradient.map { $0.count == x.count } ?? true, "gradient of another shape than x")
    for i in images.indices where notFinite[i] == nil {
      images[i].generator.fillNormal(noise)
      let image = x.share(i, of: noise.count)
      let outputStart = output.baseAddress! + i * outputShare
      images[i].sampler.advance(
        ImageStep(
          x: image, output: outputStart, v: learnsSigma ? outputStart + noise.count : nil,
          gradient: gradient.map { $0.baseAddress! + i * noise.count },
          noise: UnsafePointer(noise.baseAddress!)),
        step: step)
      guard !image.isFinite else { continue }
      notFinite[i] = NotFinite(
        stepsDone: diffusion.count - step, steps: diffusion.count,
        timestep: diffusion.timesteps[step])
      image.update(repeating: 0)
    }
  }
}

/// What belongs to one image of a batch while it is sampled.
private struct ImageState<S: Sampler> {
  var generator: TorchGenerator
  var sampler: S
}

extension UnsafeMutableBufferPointer<Float> {
  /// The elements of image `index` in a batch of images of `elementCount` elements.
  fileprivate func share(_ index: Int, of elementCount: Int) -> Self {
    Self(rebasing: self[index * elementCount..<(index + 1) * elementCount])
  }

  /// No element is infinite or NaN: a maximum over the bits, which vectorises.
  fileprivate var isFinite: Bool {
    var largest: UInt32 = 0
    for value in self { largest = Swift.max(largest, value.magnitude.bitPattern) }
    return largest < Float.infinity.bitPattern
  }
}

/// Why nothing can be sampled.
package enum SamplingError: Error, Equatable, CustomStringConvertible {
  /// The image has too few elements for the rule its noise is drawn by.
  case tooSmall(height: Int, width: Int)

  package var description: String {
    switch self {
    case .tooSmall(let height, let width):
      "images of \(width)×\(height) pixels are too small: noise is drawn for 3×3 and more"
    }
  }
}
