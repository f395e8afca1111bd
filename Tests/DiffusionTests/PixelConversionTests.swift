import Compute
import Diffusion
import Testing

@Suite struct PixelConversionTests {
  /// ((x + 1) * 127.5).clamp(0, 255).to(torch.uint8) for each x, computed by torch.
  static let torchBytes: [(x: Float, byte: UInt8)] = [
    (-1.5, 0), (-1.0000001, 0), (-1.0, 0), (-0.99999994, 0), (-0.9922, 0), (-0.99215686, 0),
    (-0.9921568, 1), (-0.5, 63), (-1e-09, 127), (0.0, 127), (1e-08, 127), (0.003921569, 128),
    (0.0039215684, 127), (0.3333333, 169), (0.49803925, 191), (0.9921568, 253),
    (0.99215686, 254), (0.9999999, 254), (0.99999994, 255), (1.0, 255), (1.0000001, 255),
    (1.5, 255),
  ]

  @Test(arguments: torchBytes)
  func `a value becomes the same byte as in torch, truncated and not rounded`(x: Float, byte: UInt8)
  {
    let image = Tensor(shape: [1, 3, 1, 1], elements: [x, x, x])
    #expect(PixelConversion.rgb8(Latents(image)) == [[byte, byte, byte]])
  }

  /// torch.clamp(127.5 * x + 128.0, 0, 255).to(torch.uint8) for each x, computed by torch.
  static let roundedBytes: [(x: Float, byte: UInt8)] = [
    (-1.5, 0), (-1.0078431, 0), (-1.0039216, 0), (-1.0, 0), (-0.9960785, 0), (-0.9960784, 1),
    (-0.5, 64), (-1e-09, 128), (0.0, 128), (1e-08, 128), (0.003921569, 128), (0.3333333, 170),
    (0.49803925, 191), (0.9921568, 254), (0.996078, 254), (0.99607843, 255), (0.99999994, 255),
    (1.0, 255), (1.5, 255),
  ]

  @Test(arguments: roundedBytes)
  func `a value of DiT's family becomes the same byte as in torch`(x: Float, byte: UInt8) {
    let image = Tensor(shape: [1, 3, 1, 1], elements: [x, x, x])
    #expect(PixelConversion.rgb8(Latents(image), .rounded) == [[byte, byte, byte]])
  }

  /// The sums are those of numpy for (255·clamp((x + 1)/2, 0, 1)).astype(uint8), as in latent
  /// diffusion, and of torch for clamp(127.5·x + 128, 0, 255), as in DiT.
  @Test(arguments: [
    (PixelConversion.Rounding.truncated, 12_708_461, 2_944_896_894),
    (.rounded, 12_750_128, 2_999_549_379),
  ])
  func `100,001 values have the same sum of bytes as in numpy`(
    _ rounding: PixelConversion.Rounding, _ sum: Int, _ weighted: Int
  ) {
    // torch.linspace counts from the nearer end.
    let (count, step) = (100_001, (Float(1.2) - Float(-1.2)) / 100_000)
    let x = (0..<count).map { i in
      i < count / 2 ? Float(-1.2) + step * Float(i) : Float(1.2) - step * Float(count - 1 - i)
    }
    let image = Tensor(shape: [1, 3, 1, count], elements: x + x + x)
    let bytes = PixelConversion.rgb8(Latents(image), rounding)[0]
    let red = (0..<count).map { Int(bytes[3 * $0]) }
    #expect(red.reduce(0, +) == sum)
    #expect(red.enumerated().reduce(0) { $0 + $1.offset * $1.element % 65_521 } == weighted)
  }

  @Test
  func `values far outside [−1, 1] are clamped, and NaN is black`() {
    let image = Tensor(
      shape: [1, 3, 1, 2], elements: [.infinity, -.infinity, .nan, 3e38, -3e38, -0.0])
    #expect(PixelConversion.rgb8(Latents(image)) == [[255, 0, 0, 0, 255, 127]])
  }

  @Test
  func `planes become interleaved pixels for each image`() {
    let bytes = (0..<24).map { UInt8($0) }
    let images = Tensor(
      shape: [2, 3, 2, 2], elements: bytes.map { (Float($0) + 0.5) / 127.5 - 1 })
    #expect(
      PixelConversion.rgb8(Latents(images)) == [
        [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11],
        [12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23],
      ])
  }
}
