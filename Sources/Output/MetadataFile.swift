import Job

/// `metadata.jsonl` beside the images, one line an image; with it the folder loads as a Hugging Face
/// imagefolder.
///
/// Lines are added before their images appear, so that none is ever missing, and put in the order of
/// the images at the start and at the end of a job, so that the file does not tell which rank was
/// faster, nor what was killed when.
package struct MetadataFile: Sendable {
  /// The name beside the images.
  static let name = "metadata.jsonl"

  private let catalog: ImageCatalog
  private var file: LineFile
  private var listed: IndexBitmap

  package init(folder: OutputFolder, catalog: ImageCatalog) {
    self.catalog = catalog
    file = LineFile(folder: folder.imagesPath(catalog.format), name: Self.name)
    listed = IndexBitmap(capacity: catalog.count)
  }

  /// Replaces the file by the lines of these images, in order: the same bytes for any order of
  /// arrival.
  package mutating func rewrite(_ images: IndexBitmap) throws {
    try file.rewrite((0..<catalog.count).lazy.filter(images.contains)) {
      catalog.appendLine(of: $0, to: &$1)
    }
    listed = images
  }

  /// Adds the lines of those images that have none.
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
