import Files
import Foundation

/// Whether images are the ones that the plan asks for: the one standard by which whatever reads
/// images back judges them.
package struct ImageCheck: Sendable {
  private let catalog: ImageCatalog
  private let settings: String
  private let side: Int

  /// - Parameters:
  ///   - settings: the hash of the settings, as in the images' text.
  ///   - side: width and height in pixels.
  package init(catalog: ImageCatalog, settings: String, side: Int) {
    self.catalog = catalog
    self.settings = settings
    self.side = side
  }

  /// Why a PNG file is not the image with this index.
  struct Fault: Error, Equatable {
    /// What follows the file's name in a sentence.
    let reason: String
  }

  /// Bytes that an image's file may have: those of its pixels uncompressed, and of its texts.
  private var largestFile: Int { 4 * side * side + 1 << 20 }

  /// Why a PNG file is not the image with this index; nil when it is.
  package func fault(in png: Data, index: Int) -> String? {
    do {
      _ = try image(in: png, index: index)
      return nil
    } catch {
      return error.reason
    }
  }

  /// The image in a file of its own, if it is the one with this index.
  func image(inFile path: String, index: Int) throws(Fault) -> RGBImage {
    let png: Data
    do throws(OutputError) {
      png = try RegularFile.read(path, largest: largestFile)
    } catch {
      throw Fault(reason: Self.reason(error))
    }
    return try image(in: png, index: index)
  }

  /// The image of a PNG file, if it is the one with this index.
  func image(in png: Data, index: Int) throws(Fault) -> RGBImage {
    let (image, text): (RGBImage, [(String, String)])
    do {
      (image, text) = try RGBImage.decode(png: png)
    } catch OutputError.unreadableImage(_, let reason) {
      throw Fault(reason: "is damaged (\(reason))")
    } catch {
      throw Fault(reason: "is damaged")
    }
    if let reason = reason(against: image, text, index: index) { throw Fault(reason: reason) }
    // The header's colour type.
    let isGrayscale = png[png.startIndex + 25] == 0
    guard isGrayscale == catalog.format.isGrayscale else {
      throw Fault(reason: isGrayscale ? "is grayscale, not RGB" : "is RGB, not grayscale")
    }
    return image
  }

  private static func reason(_ error: OutputError) -> String {
    switch error {
    case .notAFile(_, let kind): "is \(kind.name)"
    case .tooLarge(_, let size): "has \(size) bytes, too many for an image"
    case .system(_, _, let code): "cannot be read: \(SystemError(code))"
    case .deadLink(_, let target): "is a link to \(target), which does not exist"
    default: "cannot be read: \(error)"
    }
  }

  private func reason(
    against image: RGBImage, _ text: [(String, String)], index: Int
  ) -> String? {
    guard image.width == side, image.height == side else {
      return "is \(image.width)×\(image.height) pixels, not \(side)×\(side)"
    }
    let request = catalog.plan[index]
    let wanted = [
      ("label", request.label.map(String.init)), ("seed", "\(request.seed)"),
      ("settings", settings),
    ]
    for (keyword, value) in wanted {
      let found = text.filter { $0.0 == keyword }.map(\.1)
      guard found == (value.map { [$0] } ?? []) else {
        let names = found.isEmpty ? "nothing" : found.joined(separator: " and ")
        return "has \(keyword) \(names) in its text, not \(value ?? "nothing")"
      }
    }
    return nil
  }
}
