import Files
import Foundation

/// Checks whether images are the planned ones. Everything that reads images back uses this check.
package struct ImageCheck: Sendable {
  private let catalog: ImageCatalog
  private let settings: String
  private let side: Int

  /// - Parameters:
  ///   - settings: the hash of the settings, as in the text chunks of the images.
  ///   - side: width and height in pixels.
  package init(catalog: ImageCatalog, settings: String, side: Int) {
    self.catalog = catalog
    self.settings = settings
    self.side = side
  }

  /// The reason why a PNG file is not the image with a given index.
  struct Fault: Error, Equatable {
    /// The part of a sentence that follows the name of the file.
    let reason: String
  }

  /// The largest size of an image's file in bytes: uncompressed pixels and text chunks.
  private var largestFile: Int { 4 * side * side + 1 << 20 }

  /// Returns why a PNG file is not the image with this index, or `nil` if it is.
  package func fault(in png: Data, index: Int) -> String? {
    do {
      _ = try image(in: png, index: index)
      return nil
    } catch {
      return error.reason
    }
  }

  /// Returns the image in a file, if it is the one with this index.
  func image(inFile path: String, index: Int) throws(Fault) -> RGBImage {
    let png: Data
    do throws(OutputError) {
      png = try RegularFile.read(path, largest: largestFile)
    } catch {
      throw Fault(reason: Self.reason(error))
    }
    return try image(in: png, index: index)
  }

  /// Returns the image in the data of a PNG file, if it is the one with this index.
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
    // The colour type in the header.
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
