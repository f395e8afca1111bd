import Files
import Foundation
import Job

/// The images of a job as numbered PNG files in `images/`, in any layout.
package struct PNGFolderStore: PublishingStore {
  private let folder: OutputFolder
  private let catalog: ImageCatalog
  package let check: ImageCheck?
  private var imagesPath: String { folder.imagesPath(catalog.format) }

  /// - Parameter check: the properties that images must have when they are read back.
  package init(folder: OutputFolder, catalog: ImageCatalog, check: ImageCheck? = nil) {
    self.folder = folder
    self.catalog = catalog
    self.check = check
  }

  package func open(check: ImageCheck?) throws -> PublishedImages {
    try folder.makeImagesFolder(catalog.format)
    var scan = PNGFolderScan(imagesPath, catalog, check: check)
    try scan.run()
    return scan.found
  }

  package func read(index: Int) throws -> Data {
    let path = "\(imagesPath)/\(catalog.fileName(of: index))"
    do {
      return try RegularFile.read(path)
    } catch {
      // An image is generated again if its file is missing or on bad sectors. Other errors may be
      // transient.
      let isLost = [ENOENT, EIO].contains(error.systemCode)
      if error.isTransient && !isLost { throw error }
      throw OutputError.unreadableImage(path: path, reason: "\(error)")
    }
  }

  package func add(_ image: FinishedImage, list: ([Int]) throws -> Void) throws {
    try list([image.index])
    switch image.content {
    case .png(let png): try write(png, index: image.index)
    case .written(let partial): try publish(partial, index: image.index)
    }
  }

  package func publish(incomplete: Bool, list: ([Int]) throws -> Void) {}

  package func sweep() throws {
    try Subfolders.forEach(in: imagesPath) { folder, _ in
      for name in try folder.names(where: FolderNames.isTemporaryResult) {
        try folder.remove(name)
      }
    }
  }

  package func missing(of done: IndexBitmap) throws -> [Int] {
    var there = IndexBitmap(indices: catalog.indices)
    try Subfolders.forEach(in: imagesPath) { folder, subfolder in
      while let name = try folder.next() {
        if let index = catalog.index(ofFile: name, in: subfolder) { there.insert(index) }
      }
    }
    return catalog.indices.filter { done.contains($0) && !there.contains($0) }
  }

  package func discard(_ indices: [Int]) throws {
    for index in indices {
      let path = "\(imagesPath)/\(catalog.fileName(of: index))"
      guard unlink(path) == 0 || errno == ENOENT else {
        throw OutputError.system(action: "remove", path: path, code: errno)
      }
    }
  }

  private func write(_ png: [UInt8], index: Int) throws {
    let subfolder = catalog.subfolder(of: index)
    let path = subfolder.map { "\(imagesPath)/\($0)" } ?? imagesPath
    let name = ImageRecord.fileName(index: index)
    try Subfolders.making(path) { try WholeFile.write(png, folder: path, name: name) }
  }

  /// Gives a rank's file its final name. It may already have that name after an attempt that seemed
  /// to fail.
  private func publish(_ partial: String, index: Int) throws {
    guard PartialImage.isName(partial) else {
      throw OutputError.system(action: "publish", path: partial, code: EINVAL)
    }
    let path = "\(imagesPath)/\(catalog.fileName(of: index))"
    let subfolder = catalog.subfolder(of: index).map { "\(imagesPath)/\($0)" } ?? imagesPath
    do {
      try Subfolders.making(subfolder) {
        try attempt("publish", path, try moveFile("\(folder.path)/\(partial)", to: path))
      }
    } catch OutputError.system(_, _, ENOENT) where PNGEnds.isComplete(path, in: AT_FDCWD) {}
  }
}
