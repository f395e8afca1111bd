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

  init(_ path: String) throws {
    let npz = try NPZFile(path)
    guard let pixels = try npz.array(Self.pixelsName) else {
      throw SampleError.badData(
        path: path, reason: "has no array \(Self.pixelsName) of pixels; \(npz.contentsText)")
    }
    file = npz.file
    self.pixels = pixels
    (size, channels) = try Self.layout(of: pixels, path)
    indices = Array(0..<pixels.shape[0])
    labels = try npz.array(Self.labelsName).map {
      try npz.labels($0, named: Self.labelsName, count: pixels.shape[0])
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
    try SampleError.checked { [file] () throws(CheckpointError) in try file.sha256() }
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
    try NPZFile.check(count: shape[0], path)
    let size = ImageSize(width: shape[2], height: shape[1])
    guard [size.width, size.height].allSatisfy((1...Int(CPNG_MAX_SIDE)).contains) else {
      throw SampleError.badData(
        path: path,
        reason: "its images have \(size.text) pixels; a side must be 1 to \(CPNG_MAX_SIDE)")
    }
    return (size, shape.count == 3 ? 1 : shape[3])
  }
}
