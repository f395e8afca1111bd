import Foundation
import Job
import Output
import Wording

/// A PNG file that a command reads.
enum InputPicture {
  /// The largest file in bytes.
  private static let largestFile = 1 << 28

  /// Returns the pixels and the texts in the file.
  ///
  /// - Throws: a `Failure`.
  static func read(_ path: String) throws -> (image: RGBImage, texts: [(String, String)]) {
    let bytes = try InputText.bytes(path, limit: largestFile)
    do {
      let decoded = try RGBImage.decode(png: Data(bytes))
      return (decoded.image, decoded.text)
    } catch {
      throw Failure(
        "\(path.printable): \(OptionNames.text(error)); convert it to an 8-bit RGB or grey PNG",
        status: .badData)
    }
  }
}
