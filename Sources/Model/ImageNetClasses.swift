import Foundation

/// The classes of ImageNet (ILSVRC 2012), in the order of the labels of models that were trained on
/// it.
package enum ImageNetClasses {
  package static let count = 1000

  /// The names by label, such as `tench, Tinca tinca`, or `nil` if the program was installed
  /// without its resources.
  package static var names: [String]? {
    guard let folder = try? ModelResources.folder("ImageNet"),
      let text = try? String(
        contentsOf: folder.appendingPathComponent("class-names.txt"), encoding: .utf8)
    else { return nil }
    let names = text.split(separator: "\n").map(String.init)
    return names.count == count ? names : nil
  }
}
