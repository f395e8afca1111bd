import Job
import Output

/// Encodes the file of an image from its pixels, with text chunks that describe it.
struct ImageEncoder {
  let settingsHash: String
  let isGrayscale: Bool

  /// - Parameter pixels: [size][size][3].
  func file(_ pixels: [UInt8], size: Int, _ request: ImageRequest) throws -> FinishedImage {
    let image = RGBImage(width: size, height: size, pixels: pixels)
    let png = try image.pngData(text: text(request), isGrayscale: isGrayscale)
    return FinishedImage(index: request.index, png: [UInt8](png))
  }

  private func text(_ request: ImageRequest) -> [(String, String)] {
    var text = [("Software", "diffuse-mpi \(ProgramVersion.current)")]
    if let label = request.label { text.append(("label", "\(label)")) }
    text.append(("seed", "\(request.seed)"))
    text.append(("settings", settingsHash))
    return text
  }
}
