import Diffusion
import Foundation
import Hashing
import Job
import Output
import Recipe

/// An image maker that paints images instead of sampling them. It serves to test jobs of a million
/// images, and faults of jobs, without the time that a network takes.
///
/// As with sampled images, an image depends only on its label and seed.
package struct PaintingMaker: ImageMaker {
  private let encoder: ImageEncoder
  private let size: Int
  /// The size and the encoder of base images, if they are kept.
  private let base: (size: Int, encoder: ImageEncoder)?
  private let delay: Double

  /// - Parameters:
  ///   - recipe: determines the size and settings of the images.
  ///   - keepsBase: whether images of the base stage are painted too.
  ///   - delay: the time in seconds that each image takes.
  package init(
    _ recipe: SamplingRecipe, isGrayscale: Bool, keepsBase: Bool = false, delay: Double
  ) {
    encoder = ImageEncoder(settingsHash: Self.settings(of: recipe), isGrayscale: isGrayscale)
    size = recipe.imageSize
    base =
      keepsBase
      ? (
        recipe.ofBase.imageSize,
        ImageEncoder(settingsHash: Self.settings(of: recipe.ofBase), isGrayscale: isGrayscale)
      ) : nil
    self.delay = delay
  }

  /// Returns the settings of painted images, so that they are never mistaken for sampled ones.
  package static func settings(of recipe: SamplingRecipe) -> String {
    let text = Array("painted \(recipe.canonicalText)".utf8)
    return String(text.withUnsafeBytes(SHA256.hexadecimal).prefix(16))
  }

  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite] {
    for (place, request) in requests.enumerated() {
      if delay > 0 { Thread.sleep(forTimeInterval: delay) }
      var image = FinishedImage(
        index: request.index, png: try encoder.png(painting(request, size), request))
      image.base = try base.map { try $0.encoder.png(painting(request, $0.size), request) }
      try finish(image)
      report(StepReport(step: place + 1, of: requests.count))
    }
    return [:]
  }

  /// Returns gradients of colour that are unique to a seed, with a little grain.
  private func painting(_ request: ImageRequest, _ size: Int) -> RGBImage {
    var state = UInt64(request.seed) << 16 | UInt64(request.label.map { $0 & 0xFFFF } ?? 0)
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 40)
    }
    for _ in 0..<4 { _ = next() }
    let slopes = (0..<6).map { _ in next() % 7 - 3 }
    let starts = (0..<3).map { _ in next() % 256 }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * size * size)
    for y in 0..<size {
      for x in 0..<size {
        let grain = next() & 3
        for c in 0..<3 {
          let value = starts[c] + slopes[c] * x + slopes[c + 3] * y + grain
          pixels.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    return RGBImage(width: size, height: size, pixels: pixels)
  }
}
