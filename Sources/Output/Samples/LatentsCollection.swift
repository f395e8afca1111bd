import Checkpoint

/// Latents that exist already: an `.npy` file, or the first array of an `.npz` file, float32
/// [N, C, h, w]. If the second array of an `.npz` file has N integers, they are the labels.
///
/// The file is mapped, and a latent is read when it is requested.
package struct LatentsCollection: Sendable {
  package let path: String
  /// N.
  package let count: Int
  package let channels: Int
  package let height: Int
  package let width: Int

  private let file: MappedFile
  private let elements: Range<Int>
  private let labels: [Int]?

  private static let type = "<f4"
  /// The largest height or width of a latent. The images are at least four times as large.
  private static let largestSide = 4096

  /// Reads the headers, but no latent.
  ///
  /// - Throws: `SampleError`.
  package init(opening path: String) throws {
    self.path = path
    let mapped = try SampleError.checked { () throws(CheckpointError) in try MappedFile(path) }
    let (latents, name): (NPYArray, String)
    if mapped.isArchive {
      let npz = try NPZFile(path)
      guard let first = npz.names.first, let array = try npz.array(first) else {
        throw SampleError.badData(path: path, reason: "holds no array; \(npz.contentsText)")
      }
      (latents, name) = (array, first)
      labels = try Self.labels(in: npz, of: array)
    } else {
      (latents, name) = (try Self.array(of: mapped), "the array")
      labels = nil
    }
    try Self.check(latents, name, path)
    file = mapped
    elements = latents.elements
    (count, channels) = (latents.shape[0], latents.shape[1])
    (height, width) = (latents.shape[2], latents.shape[3])
  }

  /// Returns a latent, [C, h, w].
  ///
  /// - Precondition: `index` is less than `count`.
  package func latent(at index: Int) -> [Float] {
    let size = channels * height * width
    precondition((0..<count).contains(index), "there is no latent \(index)")
    let start = elements.lowerBound + 4 * size * index
    let bytes = file.bytes(start..<start + 4 * size)
    return (0..<size).map {
      Float(
        bitPattern: UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
    }
  }

  /// Returns the label of a latent, or `nil` if there are no labels.
  package func label(of index: Int) -> Int? { labels?[index] }

  /// The number of classes that the labels need, or `nil` without labels.
  package var classCount: Int? { labels?.max().map { $0 + 1 } }

  private static func array(of file: MappedFile) throws -> NPYArray {
    do throws(NPYArray.Fault) {
      return try NPYArray(file, 0..<file.count)
    } catch {
      throw SampleError.badData(
        path: file.path, reason: "is not an .npy or .npz file of latents: \(error.reason)")
    }
  }

  private static func labels(in npz: NPZFile, of latents: NPYArray) throws -> [Int]? {
    guard let name = npz.names.dropFirst().first, let array = try npz.array(name),
      let count = latents.shape.first, array.shape == [count],
      array.type.contains(/[iu][1248]$/)
    else { return nil }
    return try npz.labels(array, named: name, count: count)
  }

  private static func check(_ latents: NPYArray, _ name: String, _ path: String) throws {
    let shape = latents.shape
    guard latents.type == type, shape.count == 4 else {
      throw SampleError.badData(
        path: path,
        reason: "\(name) has the type \(latents.type) and the shape \(latents.shapeText); latents"
          + " need float32 (<f4) and (images, channels, height, width). numpy's astype('float32')"
          + " converts other types")
    }
    guard shape[0] > 0 else { throw SampleError.badData(path: path, reason: "holds no latents") }
    try NPZFile.check(count: shape[0], path)
    guard shape[1] > 0, shape[2...].allSatisfy((1...largestSide).contains) else {
      throw SampleError.badData(
        path: path,
        reason: "its latents have the shape \(latents.shapeText), in which a side is not from 1 to"
          + " \(largestSide)")
    }
  }
}
