import Foundation

/// Looks into images: whether each is the one that the plan asks for.
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

  /// Why a PNG file is not the image with this index; nil when it is.
  package func fault(in png: Data, index: Int) -> String? {
    do {
      _ = try image(in: png, index: index)
      return nil
    } catch {
      return error.reason
    }
  }

  /// The image of a PNG file, if it is the one with this index.
  func image(in png: Data, index: Int) throws(Fault) -> RGBImage {
    guard let (image, text) = try? RGBImage.decode(png: png) else {
      throw Fault(reason: "is damaged")
    }
    if let reason = reason(against: image, text, index: index) { throw Fault(reason: reason) }
    return image
  }

  private func reason(
    against image: RGBImage, _ text: [(String, String)], index: Int
  ) -> String? {
    guard image.width == side, image.height == side else {
      return "is of \(image.width)×\(image.height) pixels, not \(side)×\(side)"
    }
    let request = catalog.plan[index]
    let wanted = [
      ("label", request.label.map(String.init)), ("seed", "\(request.seed)"),
      ("settings", settings),
    ]
    for (keyword, value) in wanted {
      let found = text.first { $0.0 == keyword }?.1
      guard found == value else {
        return "says \(keyword) \(found ?? "nothing"), not \(value ?? "nothing")"
      }
    }
    return nil
  }
}
