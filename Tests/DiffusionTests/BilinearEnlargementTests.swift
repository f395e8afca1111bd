import Diffusion
import Testing

@Suite struct BilinearEnlargementTests {
  private func images(_ values: [[Float]]) -> Latents {
    let side = Int(Double(values[0].count).squareRoot())
    let latents = Latents(
      zeros: 1, Latents.Shape(channels: values.count, height: side, width: side))
    for (channel, plane) in values.enumerated() {
      for (place, value) in plane.enumerated() {
        latents.elements[channel * plane.count + place] = value
      }
    }
    return latents
  }

  @Test
  func `pixels are at their centres, and the outside continues the edge`() {
    let small = images([[0, 4, 8, 12], [1, 1, 1, 1]])
    let large = BilinearEnlargement.enlarge(
      small, to: Latents.Shape(channels: 2, height: 4, width: 4))
    // F.interpolate([[0, 4], [8, 12]], size=4, mode="bilinear"), and a constant plane.
    let first: [Float] = [0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12]
    #expect(large.values == first + [Float](repeating: 1, count: 16))
  }

  @Test
  func `an image of the same size stays as it is`() {
    let small = images([[0.25, -1, 0.5, 1]])
    #expect(BilinearEnlargement.enlarge(small, to: small.shape).values == small.values)
  }

  @Test
  func `bytes become numbers from -1 to 1, one plane for each colour`() {
    let bytes: [UInt8] = [0, 255, 51] + [102, 0, 0] + [0, 0, 0] + [0, 0, 0]
    let latents = PixelConversion.latents(rgb8: [bytes], side: 2)
    let planes = [[0, 102, 0, 0], [255, 0, 0, 0], [51, 0, 0, 0]] as [[Float]]
    #expect(latents.values == planes.joined().map { $0 / 127.5 - 1 })
  }
}
