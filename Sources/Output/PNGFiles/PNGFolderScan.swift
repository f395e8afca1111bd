import Foundation
import Job
import Threads

/// Finds the images that exist in `images/`, and removes incomplete files of killed jobs.
struct PNGFolderScan {
  private(set) var found: PublishedImages

  private let path: String
  private let catalog: ImageCatalog
  private let check: ImageCheck?

  /// The number of files that are checked before more names are read. Limits memory, but is large
  /// enough for all threads.
  private static let blockSize = 8192
  /// The number of files that a thread checks in a row, because each takes only microseconds.
  private static let partSize = 256

  init(_ path: String, _ catalog: ImageCatalog, check: ImageCheck?) {
    self.path = path
    self.catalog = catalog
    self.check = check
    found = PublishedImages(indices: catalog.indices)
  }

  mutating func run() throws {
    try Subfolders.forEach(in: path) { folder, name in
      try scan(folder, subfolder: name)
    }
    found.published = found.done
  }

  private mutating func scan(_ folder: FolderListing, subfolder: String?) throws {
    var block: [Int] = []
    block.reserveCapacity(Self.blockSize)
    while let name = try folder.next() {
      if FolderNames.isTemporaryResult(name) {
        try folder.remove(name)
      } else if catalog.format.layout != .flat && subfolder == nil && name.isNumber
        && !folder.isFolder(name)
      {
        throw OutputError.notAFolder(path: "\(path)/\(name)")
      } else if let index = catalog.index(ofFile: name, in: subfolder) {
        block.append(index)
        if block.count == Self.blockSize {
          try take(block, in: folder)
          block.removeAll(keepingCapacity: true)
        }
      }
    }
    try take(block, in: folder)
  }

  private mutating func take(_ block: [Int], in folder: FolderListing) throws {
    for (index, isComplete) in zip(block, try areComplete(block, in: folder.descriptor)) {
      if isComplete {
        found.done.insert(index)
      } else {
        found.damaged += 1
        try folder.remove(ImageRecord.fileName(index: index))
      }
    }
  }

  private func areComplete(_ block: [Int], in folder: Int32) throws -> [Bool] {
    let parts = stride(from: 0, to: block.count, by: Self.partSize).map {
      block[$0..<min($0 + Self.partSize, block.count)]
    }
    return try concurrentMap(parts) { part in part.map { isComplete($0, in: folder) } }
      .flatMap { $0 }
  }

  private func isComplete(_ index: Int, in folder: Int32) -> Bool {
    guard PNGEnds.isComplete(ImageRecord.fileName(index: index), in: folder) else { return false }
    guard let check else { return true }
    let file = "\(path)/\(catalog.fileName(of: index))"
    return (try? check.image(inFile: file, index: index)) != nil
  }
}
