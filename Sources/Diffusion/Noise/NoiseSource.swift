/// The noise of a batch of images, each drawn from a generator of its own.
///
/// An image's noise therefore depends on its seed only, and not on the other images of its batch
/// (the rule of NVlabs/edm's `StackedRandomGenerator`).
package struct NoiseSource: Sendable {
  private var generators: [TorchGenerator]

  /// - Parameter seeds: one for each image.
  package init(seeds: [UInt64]) {
    generators = seeds.map(TorchGenerator.init(seed:))
  }

  /// Fills a batch with the next standard normal numbers of each image's generator.
  package mutating func fill(_ noise: Latents) {
    precondition(noise.batch == generators.count, "one generator for each image")
    for image in generators.indices { generators[image].fillNormal(noise[image]) }
  }
}
