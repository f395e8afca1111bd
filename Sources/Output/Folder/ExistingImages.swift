import Foundation
import Job

/// The images in a folder, as a job would find them on start-up. Changes nothing.
package struct ExistingImages {
  /// The images that are complete.
  package var images: IndexBitmap { found }

  private var found: IndexBitmap
  private var sizes = (bytes: 0, count: 0)

  /// The largest number of files whose sizes are looked up.
  private static let sampleSize = 1000

  /// - Parameter folder: the folder of the job.
  package init(in folder: String, catalog: ImageCatalog) throws {
    found = IndexBitmap(indices: catalog.indices)
    let path = "\(folder)/\(catalog.format.imagesFolder)"
    guard try OutputFolder.isFolder(path) else { return }
    switch catalog.format.container {
    case .png: try findFiles(in: path, catalog)
    case .tar: try findMembers(in: path, catalog)
    }
  }

  package var count: Int { found.count }

  /// The mean size of an image's file, or `nil` if there are no images.
  package var meanBytes: Int? { sizes.count > 0 ? sizes.bytes / sizes.count : nil }

  private mutating func findFiles(in path: String, _ catalog: ImageCatalog) throws {
    try Subfolders.forEach(in: path) { folder, subfolder in
      while let name = try folder.next() {
        guard let index = catalog.index(ofFile: name, in: subfolder),
          PNGEnds.isComplete(name, in: folder.descriptor)
        else { continue }
        found.insert(index)
        var status = stat()
        if sizes.count < Self.sampleSize, fstatat(folder.descriptor, name, &status, 0) == 0 {
          sizes = (sizes.bytes + Int(status.st_size), sizes.count + 1)
        }
      }
    }
  }

  private mutating func findMembers(in path: String, _ catalog: ImageCatalog) throws {
    let members = ShardMembers(catalog: catalog)
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      guard let shard = ShardName.shard(ofPublished: name) ?? ShardName.shard(ofLog: name),
        catalog.shards.contains(shard), let reader = try? ShardReader("\(path)/\(name)")
      else { continue }
      let places = reader.images(members, indices: catalog.images(ofShard: shard)).places
      for (index, place) in places where found.insert(index) {
        sizes = (sizes.bytes + place.size, sizes.count + 1)
      }
    }
  }
}
