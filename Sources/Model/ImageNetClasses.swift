import Foundation

/// The classes of ImageNet (ILSVRC 2012), in the order of the labels of models trained on it.
package enum ImageNetClasses {
  package static let count = 1000

  /// The names, such as `tench, Tinca tinca`, by label; nil where the program's resources were not
  /// installed with it.
  package static var names: [String]? {
    guard let folder = try? ModelResources.folder("ImageNet"),
      let text = try? String(
        contentsOf: folder.appendingPathComponent("class-names.txt"), encoding: .utf8)
    else { return nil }
    let names = text.split(separator: "\n").map(String.init)
    return names.count == count ? names : nil
  }
}
