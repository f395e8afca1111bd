import Diffusion
import Foundation
import Output

/// A picture of how an image emerges from noise: xₜ, the x₀ that the network predicts, and the
/// gradient of the classifier that guides the image, at some of its evaluations.
struct TrajectoryPicture {
  /// The largest number of evaluations that are shown.
  private static let mostColumns = 12

  private let moments: [RecordingDenoiser.Moment]
  private let image: RGBImage
  private let show: (Latents) throws -> RGBImage

  /// - Parameters:
  ///   - image: the finished image.
  ///   - show: returns the picture of a batch of one xₜ or x₀, which a stage of latents decodes.
  init(
    _ moments: [RecordingDenoiser.Moment], image: RGBImage,
    show: @escaping (Latents) throws -> RGBImage
  ) {
    self.moments = moments
    self.image = image
    self.show = show
  }

  /// Returns the evaluations to show, out of `count`: all, or as many as fit, from the first to the
  /// last and evenly spread.
  static func evaluations(of count: Int) -> Set<Int> {
    guard count > mostColumns else { return Set(0..<count) }
    let last = Double(count - 1)
    return Set(
      (0..<mostColumns).map { Int((Double($0) * last / Double(mostColumns - 1)).rounded()) })
  }

  /// Returns the picture as a PNG file.
  ///
  /// - Parameter text: the text chunks of the image.
  func png(text: [(String, String)]) throws -> Data {
    // The gradient of a latent has no colours.
    let showsGradient = moments.contains { $0.gradient?.shape.channels == 3 }
    var columns = moments.map { moment in
      let node = moment.node
      let index = Int(exactly: node.index).map(String.init) ?? String(format: "%.1f", node.index)
      let strength =
        showsGradient ? [moment.gradient.map { "|g| \(Self.short($0.length))" } ?? "unguided"] : []
      return ["t = \(index)", "σ̂ \(Self.short(node.sigmaHat))"] + strength
    }
    columns.append(["image"])
    var rows = [
      LabelledGrid.Row(title: "xt", images: try moments.map { try show($0.x) } + [image]),
      LabelledGrid.Row(title: "x0 predicted", images: try moments.map { try show($0.x0) }),
    ]
    if showsGradient {
      rows.append(
        LabelledGrid.Row(
          title: "gradient", images: moments.map { $0.gradient?.scaledToOne.pictures[0] }))
    }
    return try LabelledGrid(columns: columns, rows: rows).draw()
      .pngData(text: text, content: .photograph)
  }

  /// Two digits, or all digits before the point.
  private static func short(_ value: Double) -> String {
    value >= 100 && value < 1e6
      ? String(format: "%.0f", value) : String(format: "%.2g", value)
  }
}

extension Latents {
  /// The Euclidean length of the batch as a vector.
  fileprivate var length: Double {
    elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// The values divided by the largest magnitude, so that 0 is grey, and white and black raise and
  /// lower a pixel.
  fileprivate var scaledToOne: Latents {
    let largest = elements.reduce(0) { max($0, $1.magnitude) }
    let scaled = Latents(like: self)
    guard largest > 0 else { return scaled }
    for i in elements.indices { scaled.elements[i] = elements[i] / largest }
    return scaled
  }
}
