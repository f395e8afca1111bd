/// A Python value that a pickle program has built.
///
/// Containers, objects, storages and tensors are indices into the program's `PickleHeap`. Values
/// are thus flat however deeply the file nests them, even where a container holds itself: none is
/// walked or freed by recursion.
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
  /// An instance of a class, or the result of a function, that is not known here.
  case object(Int)
  /// Bytes and sets, which no weight depends on.
  case inert
}

/// The containers, objects, storages and tensors that a pickle program has built.
struct PickleHeap {
  /// Items of tuples and lists; keys and values in turn of dictionaries.
  var containers: [[PickleValue]] = []
  var objects: [PickledObject] = []
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

  /// The last value that a dictionary has for `key`; `nil` when it has none.
  func value(for key: String, in dictionary: PickleValue) -> PickleValue? {
    guard case .dictionary(let index) = dictionary else { return nil }
    let items = containers[index]
    var found: PickleValue?
    for i in stride(from: 0, to: items.count, by: 2) {
      if case .string(key) = items[i] { found = items[i + 1] }
    }
    return found
  }
}

/// An object of an unknown class, with everything that the program gave it. Nothing is called.
struct PickledObject {
  /// Module and name of the class, or of the function that would have made the object.
  let className: String
  /// Arguments, appended items, and states.
  var parts: [PickleValue]
  /// Keys and values in turn, where it was filled like a dictionary.
  var items: [PickleValue] = []
}

/// A storage as the pickle program describes it; its bytes are elsewhere in the file.
struct PickledStorage {
  /// Names the storage's bytes in the file.
  let key: String
  let type: StorageType
  /// Elements, or bytes without a type, of the storage that `key` names.
  let count: Int
  /// The part of it that this storage is; the whole except in files older than PyTorch 0.4.
  let view: Range<Int>
}

/// The element type of a storage.
enum StorageType: Equatable {
  case typed(ScalarType)
  /// Bytes; the tensors that are views of them say their type.
  case untyped
  /// A type that weights are not read from, such as complex numbers.
  case unsupported(name: String, byteCount: Int)

  var byteCount: Int {
    switch self {
    case .typed(let type): type.byteCount
    case .untyped: 1
    case .unsupported(_, let byteCount): byteCount
    }
  }
}

/// A tensor as the pickle program describes it, nothing about it checked yet.
enum PickledTensor {
  case view(PickledView)
  /// A tensor whose values cannot be told; the text is the end of a sentence about it.
  case unreadable(String)
}

/// A strided view of a storage.
struct PickledView {
  /// Index in the heap.
  let storage: Int
  let scalarType: ScalarType
  /// In elements, as the strides.
  let offset: Int
  let shape: [Int]
  let strides: [Int]
  /// Whether the values are those of the storage with the opposite sign (`torch.is_neg`).
  let isNegated: Bool
}
