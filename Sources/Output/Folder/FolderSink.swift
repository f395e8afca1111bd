import Job

/// Publishes the images of a job in its output folder, with their metadata and a growing contact
/// sheet.
package final class FolderSink: ImageSink {
  /// The images that exist.
  package private(set) var done: IndexBitmap
  /// The images, for reading them back.
  package var images: any ImageStore { store }

  package let folder: OutputFolder
  private let catalog: ImageCatalog
  private let store: any PublishingStore
  private let imageSize: Int
  private let check: ImageCheck?
  private var metadata: MetadataFile
  private var sheet: GrowingContactSheet?

  /// - Parameters:
  ///   - imageSize: the side of the images in pixels.
  ///   - check: the properties that images must have when they are read back.
  package init(
    folder: OutputFolder, catalog: ImageCatalog, imageSize: Int, check: ImageCheck? = nil
  ) {
    self.imageSize = imageSize
    self.check = check
    self.folder = folder
    self.catalog = catalog
    switch catalog.format.container {
    case .png: store = PNGFolderStore(folder: folder, catalog: catalog, check: check)
    case .tar: store = TarShardStore(folder: folder, catalog: catalog, check: check)
    }
    metadata = MetadataFile(folder: folder, catalog: catalog)
    done = IndexBitmap(indices: catalog.indices)
  }

  /// Prepares the folder, and recovers from any earlier interruption. Call once, before any other
  /// method.
  ///
  /// - Parameters:
  ///   - looksInside: whether every existing image is decoded, not only the ends of its file.
  ///   - writeJob: writes job.json. In a folder without one it is called first, so that the folder
  ///     belongs to this job. In other folders it is called before the first missing image is
  ///     written.
  ///   - note: receives messages for the user.
  /// - Returns: the images that already exist.
  package func open(
    looksInside: Bool = false, writeJob: (OutputFolder) throws -> Void,
    note: (String) -> Void = { _ in }
  ) throws -> IndexBitmap {
    let isNew = try OutputFolder.readJob(in: folder.path) == nil
    if isNew { try writeJob(folder) }
    try folder.removeTemporaryFiles()
    let found = try store.open(check: looksInside ? check : nil)
    done = found.done
    try metadata.rewrite(found.published)
    if !isNew && done.count < catalog.count { try writeJob(folder) }
    try store.publish(incomplete: false) { try metadata.list($0) }
    sheet = GrowingContactSheet(
      folder: folder, store: store, catalog: catalog, imageSize: imageSize, done: done)
    if found.damaged > 0 { note(DamagedImages.notice(found.damaged)) }
    return done
  }

  package func write(_ image: FinishedImage) throws {
    if let picture = image.trajectory {
      try folder.writeTrajectory(picture, index: image.index)
    }
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

  package func finish() throws -> [Int] {
    do {
      try writeRest()
      return []
    } catch let damage as DamagedImages {
      try store.discard(damage.indices)
      for index in damage.indices { done.remove(index) }
      sheet?.remove(damage.indices)
      return damage.indices
    }
  }

  /// - Throws: `DamagedImages` if some images must be generated again first.
  private func writeRest() throws {
    try store.publish(incomplete: true) { try metadata.list($0) }
    try metadata.rewrite(done)
    try store.sweep()
    let missing = try store.missing(of: done)
    guard missing.isEmpty else { throw DamagedImages(missing) }
    try sheet?.finish()
    if catalog.format.writesNPZ {
      try SamplesFile.write(
        folder: folder, store: store, plan: catalog.plan, done: done, imageSize: imageSize)
    }
  }

  /// Waits for files that other threads are writing. Call before the process ends, on success and
  /// on failure.
  package func waitForWriters() {
    sheet?.waitForDrawing()
  }
}
