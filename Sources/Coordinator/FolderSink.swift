import Job
import Output

/// Publishes a job's images in its output folder, with their metadata and a contact sheet that
/// grows with them.
package final class FolderSink: ImageSink {
  /// The images that are there.
  package private(set) var done: IndexBitmap
  /// The images, to be read back.
  package var images: any ImageStore { store }

  package let folder: OutputFolder
  private let catalog: ImageCatalog
  private let store: any PublishingStore
  private let imageSize: Int
  private var metadata: MetadataFile
  private var sheet: GrowingContactSheet?

  /// - Parameter imageSize: the images' side in pixels.
  package init(folder: OutputFolder, catalog: ImageCatalog, imageSize: Int) {
    self.imageSize = imageSize
    self.folder = folder
    self.catalog = catalog
    switch catalog.format.container {
    case .png: store = PNGFolderStore(folder: folder, catalog: catalog)
    case .tar: store = TarShardStore(folder: folder, catalog: catalog)
    }
    metadata = MetadataFile(folder: folder, catalog: catalog)
    done = IndexBitmap(capacity: catalog.count)
  }

  /// Readies the folder, whatever was killed in it when; to be called once, first.
  ///
  /// - Parameters:
  ///   - check: looks into every image that is there.
  ///   - writeJob: writes job.json; called when images are missing, before the first is written.
  ///   - note: told what the user should know.
  /// - Returns: the images that are there already.
  package func open(
    check: ImageCheck? = nil, writeJob: (OutputFolder) throws -> Void,
    note: (String) -> Void = { _ in }
  ) throws -> IndexBitmap {
    let found = try store.open(check: check)
    done = found.done
    try metadata.rewrite(found.published)
    if done.count < catalog.count { try writeJob(folder) }
    try store.publish(incomplete: false) { try metadata.list($0) }
    sheet = GrowingContactSheet(
      folder: folder, store: store, catalog: catalog, imageSize: imageSize, done: done)
    if found.damaged > 0 {
      note(
        "\(found.damaged) damaged \(found.damaged == 1 ? "file is" : "files are") made again")
    }
    return done
  }

  package func write(_ image: FinishedImage) throws {
    guard !done.contains(image.index) else {
      if case .written(let partial) = image.content {
        PartialImage.remove(partial, folder: folder.path)
      }
      return
    }
    try store.add(image) { try metadata.list($0) }
    done.insert(image.index)
    sheet?.add(image.index)
  }

  package func finish() throws {
    try store.publish(incomplete: true) { try metadata.list($0) }
    try metadata.rewrite(done)
    try store.sweep()
    try sheet?.finish()
    if catalog.format.writesNPZ {
      try SamplesFile.write(
        folder: folder, store: store, plan: catalog.plan, done: done, imageSize: imageSize)
    }
  }

  /// Waits for what is being written on other threads than the caller's; to be called before the
  /// process ends, however the job does.
  package func settle() {
    sheet?.settle()
  }
}
