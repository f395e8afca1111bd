import Job

/// Publishes a job's images in its output folder, with their metadata and a contact sheet that
/// grows with them.
package final class FolderSink: ImageSink {
  /// The images that exist.
  package private(set) var done: IndexBitmap
  /// The images, to be read back.
  package var images: any ImageStore { store }

  package let folder: OutputFolder
  private let catalog: ImageCatalog
  private let store: any PublishingStore
  private let imageSize: Int
  private let check: ImageCheck?
  private var metadata: MetadataFile
  private var sheet: GrowingContactSheet?

  /// - Parameters:
  ///   - imageSize: the images' side in pixels.
  ///   - check: what images that are read back must be.
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

  /// Readies the folder, whatever was killed in it when; to be called once, first.
  ///
  /// - Parameters:
  ///   - looksInside: whether every image that exists is checked, not only the ends of its file.
  ///   - writeJob: writes job.json: first of all in a folder that has none, to make it this job's;
  ///     in others when images are missing, before the first is written.
  ///   - note: told what the user should know.
  /// - Returns: the images that exist already.
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

  /// - Throws: `DamagedImages` when some have to be made again first.
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

  /// Waits for what is being written on other threads than the caller's; to be called before the
  /// process ends, however the job does.
  package func settle() {
    sheet?.settle()
  }
}
