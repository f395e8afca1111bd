import Files
import Foundation
import Hashing
import Job

/// The images of an output folder of this program, by their index in the plan.
struct JobSamples: SampleSource {
  let kind = SampleCollection.Kind.job
  let indices: [Int]
  let size: ImageSize
  let missing: NumberRanges

  private let job: JobDescription
  private let places: JobPlaces
  private let check: ImageCheck

  /// - Returns: `nil` if the folder has no job.json.
  /// - Throws: `SampleError`, also if job.json was not written by this program.
  init?(folder: String) throws {
    do {
      guard let json = try OutputFolder.readJob(in: folder) else { return nil }
      try self.init(folder: folder, JobDescription(json, folder: folder))
    } catch let error as OutputError {
      throw SampleError(error, at: folder)
    }
  }

  private init(folder: String, _ job: JobDescription) throws {
    self.job = job
    let places = try JobPlaces(folder: folder, job.catalog)
    self.places = places
    indices = places.indices
    missing = Self.missing(from: indices, of: job.work.indices)
    guard let first = indices.first else {
      throw SampleError.noImages(path: folder, found: .nothing)
    }
    size = try Self.checked(places, first) { try RGBImage.decode(png: $0).image.size }
    check = ImageCheck(catalog: job.catalog, settings: job.settings, side: size.width)
  }

  /// Returns the indices that are not in `indices`, in a time that does not depend on their number.
  private static func missing(from indices: [Int], of all: Range<Int>) -> NumberRanges {
    var missing = NumberRanges([])
    var next = all.lowerBound
    for index in indices + [all.upperBound] {
      if next < index { missing.append(next...index - 1) }
      next = index + 1
    }
    return missing
  }

  func className(ofLabel label: Int) -> String? { job.catalog.className(ofLabel: label) }

  func label(of index: Int) -> Int? { job.work[index].label }

  func seed(of index: Int) -> UInt32? { job.work[index].seed }

  func image(at index: Int) throws -> RGBImage {
    try Self.checked(places, index) { try check.image(in: $0, index: index) }
  }

  func fingerprint() throws -> String {
    var hash = SHA256()
    hash.update("\(job.settings) \(job.work.plan.hash) ")
    hash.update(NumberRanges(indices).text)
    return hash.hexadecimal
  }

  /// Returns the result of `body`, called with the PNG file of an image.
  private static func checked<Result>(
    _ places: JobPlaces, _ index: Int, _ body: (Data) throws -> Result
  ) throws -> Result {
    do {
      return try body(places.read(index))
    } catch let error as OutputError {
      throw SampleError(error, at: places.name(of: index))
    } catch let fault as ImageCheck.Fault {
      throw SampleError.badData(
        path: places.name(of: index),
        reason: "\(fault.reason); verify the folder")
    }
  }
}

/// Where the PNG files of a job's images are.
private struct JobPlaces: Sendable {
  private enum Place: Sendable {
    /// A file in a subfolder of `images/`, or in `images/` itself.
    case file(subfolder: String?)
    /// A part of a file in `shards/`.
    case member(of: String, ShardReader.Place)
  }

  /// The path of `images/` or `shards/`.
  private let path: String
  private var places: [Int: Place] = [:]

  /// Finds the images that are complete.
  init(folder: String, _ catalog: ImageCatalog) throws {
    path = "\(folder)/\(catalog.format.imagesFolder)"
    guard try OutputFolder.isFolder(path) else { return }
    switch catalog.format.container {
    case .png: try findFiles(catalog)
    case .tar: try findMembers(catalog)
    }
  }

  /// In ascending order.
  var indices: [Int] { places.keys.sorted() }

  /// Returns the path of the file of an image, for messages.
  func name(of index: Int) -> String {
    let name = ImageRecord.fileName(index: index)
    return switch places[index] {
    case .file(let subfolder?): "\(path)/\(subfolder)/\(name)"
    case .member(let shard, _): "\(path)/\(shard): \(name)"
    case .file(nil), nil: "\(path)/\(name)"
    }
  }

  /// Reads the PNG file of an image that exists.
  func read(_ index: Int) throws -> Data {
    guard case .member(let shard, let place) = places[index] else {
      return try RegularFile.read(name(of: index), largest: RGBImage.largestFile)
    }
    return try Data(ShardReader("\(path)/\(shard)").bytes(at: place.offset, count: place.size))
  }

  private mutating func findFiles(_ catalog: ImageCatalog) throws {
    try Subfolders.forEach(in: path) { folder, subfolder in
      while let name = try folder.next() {
        guard let index = ImageRecord.index(ofFile: name), catalog.indices.contains(index),
          PNGEnds.isComplete(name, in: folder.descriptor)
        else { continue }
        places[index] = .file(subfolder: subfolder)
      }
    }
  }

  private mutating func findMembers(_ catalog: ImageCatalog) throws {
    let members = ShardMembers(catalog: catalog)
    let folder = try FolderListing(path)
    while let name = try folder.next() {
      guard let shard = ShardName.shard(ofPublished: name) ?? ShardName.shard(ofLog: name),
        catalog.shards.contains(shard)
      else { continue }
      let images = try ShardReader("\(path)/\(name)")
        .images(members, indices: catalog.images(ofShard: shard))
      for (index, place) in images.places { places[index] = .member(of: name, place) }
    }
  }
}
