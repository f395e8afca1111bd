import Output
import Testing

@Suite("Pictures at another size")
struct ScalingTests {
  private static func grey(_ tones: [[UInt8]]) -> RGBImage {
    RGBImage(
      width: tones[0].count, height: tones.count,
      pixels: tones.joined().flatMap { [$0, $0, $0] })
  }

  @Test
  func `a smaller picture repeats its pixels`() {
    let image = Self.grey([[10, 20], [30, 40]])
    #expect(
      image.scaled(toSide: 4)
        == Self.grey([[10, 10, 20, 20], [10, 10, 20, 20], [30, 30, 40, 40], [30, 30, 40, 40]]))
    #expect(image.scaled(toSide: 3) == Self.grey([[10, 10, 20], [10, 10, 20], [30, 30, 40]]))
  }

  @Test
  func `a larger picture is the mean of the areas that its pixels cover`() {
    // A new pixel covers one and a half old ones in each direction.
    let image = Self.grey([[0, 90, 180], [0, 90, 180], [90, 180, 0]])
    #expect(image.scaled(toSide: 2) == Self.grey([[30, 150], [90, 90]]))
    #expect(Self.grey([[1, 2], [4, 2]]).scaled(toSide: 1) == Self.grey([[2]]))
  }

  @Test
  func `the aspect ratio is kept`() {
    let image = RGBImage.pattern(width: 90, height: 30)
    for (side, height) in [(180, 60), (45, 15), (1, 1)] {
      let scaled = image.scaled(toSide: side)
      #expect(scaled.width == side && scaled.height == height)
    }
    #expect(image.scaled(toSide: 90) == image)
  }
}
