/// A Python value that a pickle program has built.
///
/// Containers, storages and tensors are indices into the program's `PickleHeap`. Values are thus
/// flat whatever the file nests, repeats or ties in a knot: none is walked or freed by recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer beyond 64 bits: its little-endian two's complement in the file.
  case longInteger(Range<Int>)
  case float(Double)
  case string(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// Harmless data of no interest: bytes, sets, devices.
  case inert
}

/// The containers, storages and tensors that a pickle program has built.
struct PickleHeap {
  /// Items of tuples and lists; keys and values in turn of dictionaries.
  var containers: [[PickleValue]] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []

  /// The elements of a tuple of integers.
  func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let tuple) = value, containers[tuple].count <= StoredTensor.largestRank
    else { return nil }
    var integers: [Int] = []
    for case .int(let integer) in containers[tuple] { integers.append(integer) }
    return integers.count == containers[tuple].count ? integers : nil
  }
}

/// A storage as the pickle program describes it; its bytes are elsewhere in the file.
struct PickledStorage {
  /// Names the storage's bytes in the file.
  let key: String
  /// `nil` for bytes without a type.
  let scalarType: ScalarType?
  /// Elements, or bytes without a type, of the storage that `key` names.
  let count: Int
  /// The part of it that this storage is; the whole except in files older than PyTorch 0.4.
  let view: Range<Int>
}

/// A tensor as the pickle program describes it, nothing about it checked yet.
struct PickledTensor {
  /// Index in the heap.
  let storage: Int
  let scalarType: ScalarType
  /// In elements, as the strides.
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}
