import Foundation
import Job

/// A job's images as numbered PNG files in `images/`, in any layout.
package struct PNGFolderStore: PublishingStore {
  private let folder: OutputFolder
  private let catalog: ImageCatalog
  private var imagesPath: String { folder.imagesPath(catalog.format) }

  package init(folder: OutputFolder, catalog: ImageCatalog) {
    self.folder = folder
    self.catalog = catalog
  }

  package func open(check: ImageCheck?) throws -> StoredImages {
    try folder.makeImagesFolder(catalog.format)
    var scan = PNGFolderScan(imagesPath, catalog, check: check)
    try scan.run()
    return scan.found
  }

  package func read(index: Int) throws -> Data {
    let path = "\(imagesPath)/\(catalog.fileName(of: index))"
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw OutputError.unreadableImage(path: path, reason: error.localizedDescription)
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
      for name in try folder.names(where: \.isPartialName) { try folder.remove(name) }
    }
  }

  private func write(_ png: [UInt8], index: Int) throws {
    let subfolder = catalog.subfolder(of: index)
    let path = subfolder.map { "\(imagesPath)/\($0)" } ?? imagesPath
    let name = ImageRecord.fileName(index: index)
    try Subfolders.making(path) { try WholeFile.write(png, folder: path, name: name) }
  }

  /// Gives a rank's file its final name, unless it got that at an attempt that seemed to fail.
  private func publish(_ partial: String, index: Int) throws {
    guard PartialImage.isName(partial) else {
      throw OutputError.system(action: "publish", path: partial, code: EINVAL)
    }
    let path = "\(imagesPath)/\(catalog.fileName(of: index))"
    let subfolder = catalog.subfolder(of: index).map { "\(imagesPath)/\($0)" } ?? imagesPath
    do {
      try Subfolders.making(subfolder) {
        guard rename("\(folder.path)/\(partial)", path) == 0 else {
          throw OutputError.system(action: "publish", path: path, code: errno)
        }
      }
    } catch OutputError.system(_, _, ENOENT) where WholePNG.isWhole(path, in: AT_FDCWD) {}
  }
}
