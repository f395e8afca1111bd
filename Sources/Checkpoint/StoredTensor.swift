import Compute
import Foundation

/// A tensor in a checkpoint: the position and layout of its elements in the mapped file.
package struct StoredTensor: Sendable {
  package private(set) var name: String
  package let scalarType: ScalarType
  /// The shape, outermost dimension first. The shape of a scalar is `[]`.
  package let shape: [Int]
  /// The distance in elements, not bytes, between indices of each dimension. 0 for expanded
  /// dimensions.
  package let strides: [Int]
  /// The product of `shape`.
  package let count: Int
  /// The position of the first element in the file, in bytes.
  package let byteOffset: Int
  /// Whether the values are those in the file with the opposite sign.
  private let isNegated: Bool
  /// The number of bytes from the start of the first element to the end of the last.
  private let byteExtent: Int
  /// The number of elements of the storage that the tensor is a view of.
  private let storageCount: Int
  private let file: MappedFile

  /// The largest number of dimensions. Weights have at most five.
  static let largestRank = 16
  /// The number of elements that a view may have beyond those of its storage. Without this limit, a
  /// few bytes with a stride of 0 could exhaust the memory.
  private static let largestExpansion = 1 << 28

  /// Checks that every element lies within `storage`, the byte range in the file that the tensor is
  /// a view of. The view starts `offset` elements into it.
  init(
    name: String, scalarType: ScalarType, shape: [Int], strides: [Int], offset: Int,
    isNegated: Bool = false, storage: Range<Int>, file: MappedFile
  ) throws(CheckpointError) {
    self.name = name
    self.scalarType = scalarType
    self.shape = shape
    self.strides = strides
    self.isNegated = isNegated
    self.file = file
    storageCount = storage.count / scalarType.byteCount
    guard let view = StridedView(shape: shape, strides: strides, offset: offset) else {
      throw file.badData(
        "tensor \(name)",
        "shape \(shape) with strides \(strides) at offset \(offset) is impossible; "
          + Remedy.fetchAgain)
    }
    guard view.end <= storageCount else {
      throw file.badData(
        "tensor \(name)",
        "shape \(shape) with strides \(strides) ends at element \(view.end) of a storage of "
          + "\(storageCount); \(Remedy.fetchAgain)")
    }
    count = view.count
    byteOffset = storage.lowerBound + (view.count == 0 ? 0 : offset * scalarType.byteCount)
    byteExtent = view.count == 0 ? 0 : (view.end - offset) * scalarType.byteCount
  }

  /// Returns the elements as 32-bit floats in row-major order.
  ///
  /// f64 and wide integers are rounded to the nearest float; true is 1. Throws if a view repeats
  /// its elements so often that the file must be damaged.
  package func tensor() throws(CheckpointError) -> Tensor {
    guard count <= max(storageCount, Self.largestExpansion) else {
      throw file.badData(
        "tensor \(name)",
        "shape \(shape) repeats \(storageCount) stored elements \(count) times over; "
          + "if this is intended, save it with .contiguous()")
    }
    let elements = [Float](unsafeUninitializedCapacity: count) { output, initialized in
      guard count > 0 else { return }
      let place = byteOffset..<byteOffset + byteExtent
      let source = file.bytes(place).baseAddress!
      ElementReader(source, scalarType).read(shape: shape, strides: strides, into: output)
      if isNegated { for i in 0..<count { output[i] = -output[i] } }
      // A tensor is read once. If its pages stayed, this process would seem to need more memory.
      file.release(place)
      initialized = count
    }
    return Tensor(shape: shape, elements: elements)
  }
}

extension StoredTensor {
  /// Returns the same tensor with another name.
  func named(_ name: String) -> StoredTensor {
    var tensor = self
    tensor.name = name
    return tensor
  }

  /// Returns whether the values are certain to be equal: the same range of the file, or the same
  /// bytes.
  func hasSameElements(as other: StoredTensor) -> Bool {
    guard scalarType == other.scalarType, shape == other.shape, strides == other.strides,
      isNegated == other.isNegated, byteExtent == other.byteExtent
    else { return false }
    guard byteOffset != other.byteOffset || file !== other.file, byteExtent > 0 else { return true }
    let mine = file.bytes(byteOffset..<byteOffset + byteExtent)
    let others = other.file.bytes(other.byteOffset..<other.byteOffset + byteExtent)
    defer {
      file.release(byteOffset..<byteOffset + byteExtent)
      other.file.release(other.byteOffset..<other.byteOffset + byteExtent)
    }
    return memcmp(mine.baseAddress!, others.baseAddress!, byteExtent) == 0
  }
}

/// The extent of a strided view, computed without overflow traps, because a file may hold any
/// numbers.
struct StridedView {
  /// The product of the shape.
  let count: Int
  /// The index after the last element of the storage that the view reads. 0 for an empty view.
  let end: Int

  /// Returns `nil` if a number is negative or a product exceeds `Int`.
  init?(shape: [Int], strides: [Int], offset: Int) {
    guard shape.count == strides.count, shape.count <= StoredTensor.largestRank, offset >= 0,
      let count = Self.product(shape)
    else { return nil }
    var last = offset
    for (size, stride) in zip(shape, strides) {
      guard stride >= 0 else { return nil }
      let (span, spanOverflow) = max(size - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(span)
      guard !spanOverflow, !sumOverflow else { return nil }
      last = sum
    }
    guard last < Int.max else { return nil }
    self.count = count
    end = count == 0 ? 0 : last + 1
  }

  /// Returns the product of the sizes, or `nil` if one is negative or the product exceeds `Int`.
  static func product(_ shape: [Int]) -> Int? {
    // A size of 0 must not hide an overflow of the others, because the row-major strides would
    // overflow.
    var product = 1
    for size in shape {
      guard size >= 0 else { return nil }
      let (value, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow else { return nil }
      product = value
    }
    return shape.contains(0) ? 0 : product
  }

  /// Returns the strides of a contiguous row-major array. The product of the shape must not exceed
  /// `Int`.
  static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for dimension in shape.indices.dropLast().reversed() {
      strides[dimension] = strides[dimension + 1] * max(shape[dimension + 1], 1)
    }
    return strides
  }
}
