import Compute
import Diffusion
import Testing

@Suite struct LatentScalingTests {
  private let x = Tensor(shape: [2, 2, 1, 2], elements: [1, -2, 3, 0.5, -1, 4, 0, 2])

  @Test
  func `a factor divides what is decoded`() {
    let latents = Latents(x)
    LatentScaling(factor: 0.18215).unscale(latents)
    #expect(latents.values == x.elements.map { $0 / Float(0.18215) })
  }

  @Test
  func `every channel has its own mean and standard deviation`() {
    let latents = Latents(x)
    LatentScaling(mean: [1, -1], deviation: [2, 0.5]).unscale(latents)
    #expect(latents.values == [3, -3, 0.5, -0.75, -1, 9, -1, 0])
  }

  @Test(arguments: [
    LatentScaling(), LatentScaling(factor: 0.5), LatentScaling(mean: [3, 4]),
    LatentScaling(factor: 4, mean: [-1, 0.5], deviation: [0.25, 8]),
  ])
  func `scaling undoes the removal of the scale`(_ scaling: LatentScaling) {
    let latents = Latents(x)
    scaling.unscale(latents)
    scaling.scale(latents)
    #expect(latents.values == x.elements)
  }

  @Test(arguments: [
    (LatentScaling(factor: 0), LatentScalingError.factor(0)),
    (LatentScaling(factor: -1), .factor(-1)),
    (LatentScaling(factor: .infinity), .factor(.infinity)),
    (LatentScaling(factor: 1e-60), .factor(1e-60)),
    (LatentScaling(mean: [1]), .channels(1, latent: 2)),
    (LatentScaling(deviation: [1, 1, 1]), .channels(3, latent: 2)),
    (LatentScaling(mean: [1, .nan]), .statistics),
    (LatentScaling(deviation: [1, 0]), .statistics),
  ])
  func `impossible scales are refused`(_ scaling: LatentScaling, _ error: LatentScalingError) {
    #expect(throws: error) { try scaling.validate(channels: 2) }
  }
}
