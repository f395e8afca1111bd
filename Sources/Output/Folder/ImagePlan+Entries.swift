import Files
import Foundation
import Job

extension ImagePlan {
  /// Writes the label and seed of every image as CSV, with one line per image. Memory does not grow
  /// with the number of images. From the file, `init(reading:)` creates a plan with the same hash.
  ///
  /// The file appears complete or not at all.
  ///
  /// - Precondition: the images have labels.
  /// - Throws: an error that names the file.
  package func writeEntries(to path: String) throws {
    let place = FilePlace(path)
    var file = LineFile(folder: place.folder, name: place.name)
    try file.rewrite(0..<count, synchronizes: true) { index, lines in
      if index == 0 { lines += "label,seed\n".utf8 }
      let request = self[index]
      guard let label = request.label else { preconditionFailure("a plan without labels") }
      lines += "\(label),\(request.seed)\n".utf8
    }
  }
}
