/// A Python value that a pickle program has built.
///
/// Containers, objects, storages and tensors are indices into a `PickleHeap`. Values are therefore
/// flat, no matter how deeply the file nests them, even if a container holds itself: no value is
/// visited or freed recursively.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than 64 bits, as the range of its little-endian two's complement in the
  /// file.
  case longInteger(Range<Int>)
  case float(Double)
  case string(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// An instance of an unknown class, or the result of an unknown function.
  case object(Int)
  /// Bytes or a set, which no weight depends on.
  case inert
}

/// The containers, objects, storages and tensors that a pickle program has built.
struct PickleHeap {
  /// The items of tuples and lists, and the alternating keys and values of dictionaries.
  var containers: [[PickleValue]] = []
  var objects: [PickledObject] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []

  /// The elements of a tuple of integers, or `nil` for any other value.
  func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let tuple) = value, containers[tuple].count <= StoredTensor.largestRank
    else { return nil }
    var integers: [Int] = []
    for case .int(let integer) in containers[tuple] { integers.append(integer) }
    return integers.count == containers[tuple].count ? integers : nil
  }

  /// The last value for `key` in a dictionary, or `nil` if it has none.
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

/// An object of an unknown class, with all values that the program gave it. Nothing is called.
struct PickledObject {
  /// The module and name of the class, or of the function that would have made the object.
  let className: String
  /// The arguments, appended items and states.
  var parts: [PickleValue]
  /// Alternating keys and values, if the object was filled like a dictionary.
  var items: [PickleValue] = []
}

/// A storage as the pickle program describes it. Its bytes are elsewhere in the file.
struct PickledStorage {
  /// The name of the storage's bytes in the file.
  let key: String
  let type: StorageType
  /// The number of elements, or of bytes if untyped, of the storage named `key`.
  let count: Int
  /// The part of the storage that this one covers. Always the whole, except in files older than
  /// PyTorch 0.4.
  let view: Range<Int>
}

/// The element type of a storage.
enum StorageType: Equatable {
  case typed(ScalarType)
  /// Bytes. The tensors that are views of the storage have the type.
  case untyped
  /// A type that is not supported for weights, such as complex numbers.
  case unsupported(name: String, byteCount: Int)

  var byteCount: Int {
    switch self {
    case .typed(let type): type.byteCount
    case .untyped: 1
    case .unsupported(_, let byteCount): byteCount
    }
  }
}

/// A tensor as the pickle program describes it, before any check.
enum PickledTensor {
  case view(PickledView)
  /// A tensor whose values cannot be determined. The text is the predicate of a sentence about it.
  case unreadable(String)
}

/// A strided view of a storage.
struct PickledView {
  /// The index in the heap.
  let storage: Int
  let scalarType: ScalarType
  /// The offset in elements, like the strides.
  let offset: Int
  let shape: [Int]
  let strides: [Int]
  /// Whether the values are those of the storage with the opposite sign (`torch.is_neg`).
  let isNegated: Bool
}
