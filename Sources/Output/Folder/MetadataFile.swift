import Foundation
import Job

/// `metadata.jsonl`, with one line per image. It is next to the images, so that their folder loads
/// as a Hugging Face imagefolder. If images are in shards, it is in the job's folder, because the
/// folder of a webdataset must hold only shards.
///
/// Lines are added before their images appear, so that no line is ever missing. They are sorted by
/// image at the start and at the end of a job, so that the file does not depend on the speed of
/// ranks or on interruptions.
package struct MetadataFile: Sendable {
  static let name = "metadata.jsonl"

  private let catalog: ImageCatalog
  private var file: LineFile
  /// The path at which earlier versions wrote the file.
  private let oldPath: String?
  private var listed: IndexBitmap

  package init(folder: OutputFolder, catalog: ImageCatalog) {
    self.catalog = catalog
    let imagesPath = folder.imagesPath(catalog.format)
    let hasShards = catalog.format.container == .tar
    file = LineFile(folder: hasShards ? folder.path : imagesPath, name: Self.name)
    oldPath = hasShards ? "\(imagesPath)/\(Self.name)" : nil
    listed = IndexBitmap(indices: catalog.indices)
  }

  /// Replaces the file with the lines of these images, in order. The bytes do not depend on the
  /// order of arrival.
  package mutating func rewrite(_ images: IndexBitmap) throws {
    try file.rewrite(catalog.indices.lazy.filter(images.contains)) {
      catalog.appendLine(of: $0, to: &$1)
    }
    listed = images
    if let oldPath { unlink(oldPath) }
  }

  /// Adds the lines of those of the images that have none.
  package mutating func list(_ indices: [Int]) throws {
    let missing = indices.filter { !listed.contains($0) }
    guard !missing.isEmpty else { return }
    var lines: [UInt8] = []
    for index in missing { catalog.appendLine(of: index, to: &lines) }
    try file.append(lines)
    for index in missing { listed.insert(index) }
  }

  /// The images that have a line.
  package var images: IndexBitmap { listed }
}
