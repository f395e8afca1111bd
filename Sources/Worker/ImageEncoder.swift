import Job
import Output

/// Encodes the file of an image, with text chunks that describe it.
struct ImageEncoder {
  let settingsHash: String
  let isGrayscale: Bool

  func png(_ image: RGBImage, _ request: ImageRequest) throws -> [UInt8] {
    [UInt8](try image.pngData(text: text(request), isGrayscale: isGrayscale))
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
