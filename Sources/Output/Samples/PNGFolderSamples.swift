import Files
import Hashing
import Job

/// The images of a folder of PNG files, sorted by path.
///
/// Their classes are, in this order of precedence:
/// - the labels in `metadata.jsonl`, in the format of Hugging Face's imagefolder;
/// - the subfolders that contain them, as in torchvision's ImageFolder. If all names of subfolders
///   are numbers, these are the labels. Otherwise, the names are numbered in their order.
///
/// A folder of images without subfolders and metadata has no labels.
struct PNGFolderSamples: SampleSource {
  let kind = SampleCollection.Kind.folder
  let indices: [Int]
  let size: ImageSize

  private let listing: PNGListing
  private let classes: Classes

  /// Where the labels come from.
  private enum Classes {
    case none
    case metadata(FolderMetadata)
    /// The label of each subfolder, and the names by label if the subfolders are not numbers.
    case subfolders([String: Int], names: [String]?)
  }

  init(_ path: String) throws {
    listing = try PNGListing(path)
    indices = Array(listing.files.indices)
    size = try listing.commonSize()
    if let metadata = try FolderMetadata(folder: path) {
      classes = .metadata(metadata)
    } else if listing.subfolders.isEmpty {
      classes = .none
    } else {
      classes = Self.classes(of: listing.subfolders)
    }
    let labelled = indices.count { label(of: $0) != nil }
    guard [0, indices.count].contains(labelled) else {
      throw SampleError.badData(
        path: "\(path)/\(MetadataFile.name)",
        reason: "has labels for \(labelled) of \(indices.count) images; complete or remove it")
    }
  }

  private static func classes(of subfolders: [String]) -> Classes {
    let numbers = subfolders.map { $0.isNumber ? Int($0).flatMap(SampleLabels.checked) : nil }
    let areNumbers = numbers.allSatisfy { $0 != nil }
    let labels = subfolders.indices.map { place in
      (subfolders[place], areNumbers ? numbers[place]! : place)
    }
    return .subfolders(
      Dictionary(uniqueKeysWithValues: labels), names: areNumbers ? nil : subfolders)
  }

  var labelsFollowNames: Bool {
    if case .subfolders(_, names: .some) = classes { true } else { false }
  }

  func className(ofLabel label: Int) -> String? {
    switch classes {
    case .subfolders(_, let names?): names.indices.contains(label) ? names[label] : nil
    case .metadata(let metadata): metadata.className(ofLabel: label)
    case .none, .subfolders: nil
    }
  }

  func label(of index: Int) -> Int? {
    let file = listing.files[index]
    return switch classes {
    case .none: nil
    case .metadata(let metadata): metadata[listing.relativePath(of: file)]?.label
    case .subfolders(let labels, _): file.subfolder.flatMap { labels[$0] }
    }
  }

  func seed(of index: Int) -> UInt32? {
    guard case .metadata(let metadata) = classes else { return nil }
    return metadata[listing.relativePath(of: listing.files[index])]?.seed
  }

  func image(at index: Int) throws -> RGBImage {
    let path = listing.path(of: listing.files[index])
    do throws(OutputError) {
      let png = try RegularFile.read(path, largest: RGBImage.largestFile)
      let image = try RGBImage.decode(anyPNG: png)
      guard image.size == size else {
        throw .unreadableImage(path: path, reason: "has changed since the folder was listed")
      }
      return image
    } catch {
      throw SampleError(error, at: path)
    }
  }

  func fingerprint() throws -> String {
    var hash = SHA256()
    for file in listing.files { hash.update("\(listing.relativePath(of: file))\0\(file.bytes)\0") }
    return hash.hexadecimal
  }
}
