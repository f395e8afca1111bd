import CPNG
import Checkpoint

/// The images of an `.npz` file as guided-diffusion's scripts write it (image_sample.py,
/// classifier_sample.py) and its evaluator reads it: `arr_0` with the pixels, uint8 [N, H, W, 3],
/// and perhaps `arr_1` with the labels, integers [N].
///
/// Grey images, [N, H, W] or [N, H, W, 1], are also read. The file is mapped, and the pixels of an
/// image are read when it is requested.
struct NPZSamples: SampleSource {
  let kind = SampleCollection.Kind.npz
  let indices: [Int]
  let size: ImageSize

  private let file: MappedFile
  private let pixels: NPYArray
  private let channels: Int
  private let labels: [Int]?

  private static let (pixelsName, labelsName) = ("arr_0", "arr_1")
  /// The largest number of images, so that a small file without contents takes no large memory.
  private static let largestCount = 50_000_000

  init(_ path: String) throws {
    file = try Self.checked { () throws(CheckpointError) in try MappedFile(path) }
    guard file.isArchive else {
      throw SampleError.badData(
        path: path, reason: "is not an .npz file; give an .npz file or a folder of images")
    }
    let archive = try Self.checked { [file] () throws(CheckpointError) in try ZipArchive(file) }
    guard let pixels = try Self.array(Self.pixelsName, in: archive, of: file) else {
      throw SampleError.badData(
        path: path, reason: "has no array \(Self.pixelsName) of pixels; \(Self.names(archive))")
    }
    self.pixels = pixels
    (size, channels) = try Self.layout(of: pixels, path)
    indices = Array(0..<pixels.shape[0])
    labels = try Self.array(Self.labelsName, in: archive, of: file).map { [file] in
      try Self.labels($0, count: pixels.shape[0], in: file)
    }
  }

  func label(of index: Int) -> Int? { labels?[index] }

  func image(at index: Int) throws -> RGBImage {
    let count = size.width * size.height * channels
    let start = pixels.elements.lowerBound + index * count
    let bytes = file.bytes(start..<start + count)
    return channels == 1
      ? RGBImage(width: size.width, height: size.height, greys: bytes)
      : RGBImage(width: size.width, height: size.height, pixels: Array(bytes))
  }

  func fingerprint() throws -> String {
    try Self.checked { [file] () throws(CheckpointError) in try file.sha256() }
  }

  // MARK: - Arrays

  /// Returns an array, or `nil` if the file does not have it.
  private static func array(
    _ name: String, in archive: ZipArchive, of file: MappedFile
  ) throws -> NPYArray? {
    let member = "\(name).npy"
    guard !archive.isCompressed(member) else {
      throw SampleError.badData(
        path: file.path,
        reason: "\(name) is compressed; save the arrays again with numpy.savez instead of "
          + "savez_compressed")
    }
    guard let bounds = try checked({ () throws(CheckpointError) in try archive.bytes(of: member) })
    else { return nil }
    do throws(NPYArray.Fault) {
      return try NPYArray(file, bounds)
    } catch {
      throw fault(name, error, file)
    }
  }

  private static func fault(
    _ name: String, _ fault: NPYArray.Fault, _ file: MappedFile
  ) -> SampleError {
    .badData(path: file.path, reason: "\(name) cannot be read: \(fault.reason)")
  }

  private static func layout(
    of pixels: NPYArray, _ path: String
  ) throws -> (size: ImageSize, channels: Int) {
    let shape = pixels.shape
    let isImages = shape.count == 3 || shape.count == 4 && [1, 3].contains(shape[3])
    guard pixels.type == "|u1", isImages else {
      throw SampleError.badData(
        path: path,
        reason:
          "\(pixelsName) has the type \(pixels.type) and the shape \(pixels.shapeText); images "
          + "need uint8 (|u1) and (images, height, width, 3)")
    }
    guard shape[0] > 0 else { throw SampleError.noImages(path: path, found: .nothing) }
    guard shape[0] <= largestCount else {
      throw SampleError.badData(
        path: path,
        reason: "has \(shape[0]) images, more than \(largestCount); divide it into several files")
    }
    let size = ImageSize(width: shape[2], height: shape[1])
    guard [size.width, size.height].allSatisfy((1...Int(CPNG_MAX_SIDE)).contains) else {
      throw SampleError.badData(
        path: path,
        reason: "its images have \(size.text) pixels; a side must be 1 to \(CPNG_MAX_SIDE)")
    }
    return (size, shape.count == 3 ? 1 : shape[3])
  }

  private static func labels(
    _ array: NPYArray, count: Int, in file: MappedFile
  ) throws -> [Int] {
    guard array.shape == [count] else {
      throw SampleError.badData(
        path: file.path,
        reason:
          "\(labelsName) has the shape \(array.shapeText); labels need (\(count),), one for each "
          + "image")
    }
    let labels: [Int]
    do throws(NPYArray.Fault) {
      labels = try array.integers(in: file)
    } catch {
      throw fault(labelsName, error, file)
    }
    if let place = labels.firstIndex(where: { SampleLabels.checked($0) == nil }) {
      throw SampleError.badData(
        path: file.path,
        reason: "\(labelsName) holds \(labels[place]) for image \(place), which is not a label")
    }
    return labels
  }

  private static func names(_ archive: ZipArchive) -> String {
    let names = archive.names.prefix(10).map(\.printable)
    return names.isEmpty ? "it is empty" : "it holds \(names.joined(separator: ", "))"
  }

  /// Returns the result of reading the archive. Its errors become those of samples.
  private static func checked<Result>(
    _ body: () throws(CheckpointError) -> Result
  ) throws(SampleError) -> Result {
    do throws(CheckpointError) {
      return try body()
    } catch {
      throw switch error {
      case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
      case .badData(let path, nil, let reason): .badData(path: path, reason: reason)
      case .badData(let path, let place?, let reason):
        .badData(path: path, reason: "\(place): \(reason)")
      default: .badData(path: "", reason: "\(error)")
      }
    }
  }
}
