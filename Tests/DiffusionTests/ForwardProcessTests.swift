import Diffusion
import Testing

@Suite struct ForwardProcessTests {
  @Test
  func `noised images have the image and noise in the proportion of the node`() throws {
    let schedule = try TrainedSchedule(
      DiffusionConfiguration(schedule: .linear, learnsSigma: false))
    let shape = Latents.Shape(channels: 3, height: 40, width: 40)
    let (image, noise) = (Latents(zeros: 2, shape), Latents(zeros: 2, shape))
    for i in image.elements.indices { image.elements[i] = Float(i % 7) / 3 - 1 }
    var source = NoiseSource(seeds: [1, 2])
    source.fill(noise)
    for index in [0.0, 250, 999] {
      let node = schedule.node(at: index)
      let noised = image.noised(at: node, with: noise)
      for (i, value) in noised.elements.enumerated() {
        let expected =
          node.alpha * Double(image.elements[i]) + node.sigma * Double(noise.elements[i])
        #expect(abs(Double(value) - expected) < 1e-6)
      }
      // Independent values, so that the variances add up.
      let variance =
        node.alphaBar * image.standardDeviation * image.standardDeviation + 1 - node.alphaBar
      #expect(abs(noised.standardDeviation - variance.squareRoot()) < 0.03)
    }
  }

  @Test
  func `the standard deviation of equal elements is zero`() {
    let x = Latents(zeros: 1, .init(channels: 1, height: 4, width: 4))
    for i in x.elements.indices { x.elements[i] = 0.25 }
    #expect(x.standardDeviation == 0)
  }
}
