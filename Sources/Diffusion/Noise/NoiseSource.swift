/// The noise of a batch of images. Each image has its own generator.
///
/// An image's noise therefore depends only on its seed, and not on the other images of its batch
/// (as in NVlabs/edm's `StackedRandomGenerator`).
package struct NoiseSource: Sendable {
  private var generators: [TorchGenerator]

  /// - Parameter seeds: one for each image.
  package init(seeds: [UInt64]) {
    generators = seeds.map(TorchGenerator.init(seed:))
  }

  /// Fills a batch with the next standard normal numbers from the generator of each image.
  package mutating func fill(_ noise: Latents) {
    precondition(noise.batch == generators.count, "one generator for each image")
    for image in generators.indices { generators[image].fillNormal(noise[image]) }
  }

  /// Returns a batch of noise, one image from each seed, and the source of the noise that follows.
  ///
  /// - Throws: `SamplingError` if the images are too small.
  package static func start(
    seeds: [UInt64], shape: Latents.Shape
  ) throws(SamplingError) -> (x: Latents, source: NoiseSource) {
    guard shape.count >= TorchGenerator.fewestNormals else { throw .tooSmall(shape) }
    let x = Latents(zeros: seeds.count, shape)
    var source = NoiseSource(seeds: seeds)
    source.fill(x)
    return (x, source)
  }
}
