import Foundation
import Job
import Threads

/// Compares a job's folder with its plan. Decodes every image, on all processors, and changes
/// nothing. Memory grows by one hash per image.
package struct FolderCheck {
  package internal(set) var findings = Findings()
  /// The images that exist, valid or not.
  package internal(set) var present: IndexBitmap
  /// The images that exist and match the plan.
  package internal(set) var valid: IndexBitmap

  let path: String
  let catalog: ImageCatalog
  let check: ImageCheck
  /// Describes an error to the user.
  let text: (any Error) -> String
  private let progress: (Int) -> Void
  private var hashes = PixelHashes()

  var imagesPath: String { "\(path)/\(imagesFolder)" }
  var imagesFolder: String { catalog.format.imagesFolder }

  /// - Parameters:
  ///   - path: the job's folder.
  ///   - settings: the hash of the settings, as in the text chunks of the images.
  ///   - side: width and height of the images in pixels.
  ///   - text: describes an error to the user.
  ///   - progress: called from time to time with the number of images that were checked.
  package init(
    path: String, catalog: ImageCatalog, settings: String, side: Int,
    text: @escaping (any Error) -> String = { "\($0)" },
    progress: @escaping (Int) -> Void = { _ in }
  ) {
    self.path = path
    self.catalog = catalog
    self.text = text
    self.progress = progress
    check = ImageCheck(catalog: catalog, settings: settings, side: side)
    present = IndexBitmap(indices: catalog.indices)
    valid = present
  }

  /// - Throws: `OutputError` if a folder cannot be read. A file that cannot be read is a finding.
  package mutating func run() throws {
    try checkTopFolder()
    if try OutputFolder.isFolder(imagesPath) {
      switch catalog.format.container {
      case .png: try checkFiles()
      case .tar: try checkShards()
      }
    }
    for index in catalog.indices where !present.contains(index) {
      findings.add(.missing, ImageRecord.fileName(index: index))
    }
    checkDuplicates()
    try checkMetadata()
  }

  /// The number of valid images of each label that has fewer than planned.
  package var labelShortfalls: [(label: Int, count: Int, planned: Int)] {
    let planned = catalog.work.labelCounts
    guard !planned.isEmpty, valid.count < catalog.count else { return [] }
    var counts: [Int: Int] = [:]
    for index in catalog.indices where valid.contains(index) {
      counts[catalog.plan[index].label!, default: 0] += 1
    }
    return planned.sorted { $0.key < $1.key }
      .map { (label: $0.key, count: counts[$0.key] ?? 0, planned: $0.value) }
      .filter { $0.count < $0.planned }
  }

  /// Checks images in parallel, and records the results.
  ///
  /// - Parameters:
  ///   - indices: the images to check, which exist; at most a few thousand.
  ///   - name: returns the name of an image's file, for messages.
  ///   - image: reads and checks an image. Called on several threads.
  mutating func look(
    at indices: [Int], name: (Int) -> String, image: @escaping @Sendable (Int) throws -> RGBImage
  ) throws {
    let results = try concurrentMap(indices) { index in
      Result { PixelHashes.Hash(try image(index)) }
    }
    for (index, result) in zip(indices, results) {
      present.insert(index)
      switch result {
      case .success(let hash):
        valid.insert(index)
        hashes.add(hash, index: index)
      case .failure(let fault as ImageCheck.Fault):
        findings.add(.damaged, "\(name(index)) \(fault.reason)")
      case .failure(let error):
        findings.add(.damaged, "\(name(index)): \(text(error))")
      }
    }
    progress(present.count)
  }

  private mutating func checkTopFolder() throws {
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      if FolderNames.isTemporaryTop(name) { findings.add(.leftover, name) }
    }
  }

  private mutating func checkDuplicates() {
    for (index, first) in hashes.duplicates() {
      let (request, other) = (catalog.plan[index], catalog.plan[first])
      // The plan may contain an image twice.
      if request.label == other.label && request.seed == other.seed { continue }
      let names = [index, first].map(ImageRecord.fileName)
      findings.add(.duplicate, "\(names[0]) has the same pixels as \(names[1])")
    }
  }
}
