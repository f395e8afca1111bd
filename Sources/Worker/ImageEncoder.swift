import Job
import Output

/// Encodes the file of an image, with text chunks that describe it.
struct ImageEncoder {
  let settingsHash: String
  let isGrayscale: Bool

  func file(_ image: RGBImage, _ request: ImageRequest) throws -> FinishedImage {
    let png = try image.pngData(text: text(request), isGrayscale: isGrayscale)
    return FinishedImage(index: request.index, png: [UInt8](png))
  }

  /// The text chunks that describe an image.
  func text(_ request: ImageRequest) -> [(String, String)] {
    var text = [("Software", "diffuse-mpi \(ProgramVersion.current)")]
    if let label = request.label { text.append(("label", "\(label)")) }
    text.append(("seed", "\(request.seed)"))
    text.append(("settings", settingsHash))
    return text
  }
}
