/// The result of the pickle program of a PyTorch checkpoint, and the ranges of its storages' bytes.
struct PickledCheckpoint {
  let root: PickleValue
  let heap: PickleHeap
  /// Byte ranges in the file, by the keys of the storages.
  let places: [String: Range<Int>]
  let file: MappedFile

  /// Returns the tensor at `index` of the heap, after checking that all its elements lie within its
  /// storage.
  func tensor(_ index: Int, name: String) throws(CheckpointError) -> StoredTensor {
    switch heap.tensors[index] {
    case .unreadable(let reason): throw file.badData("tensor \(name)", reason)
    case .view(let view):
      return try StoredTensor(
        name: name, scalarType: view.scalarType, shape: view.shape, strides: view.strides,
        offset: view.offset, isNegated: view.isNegated,
        storage: try place(heap.storages[view.storage], of: name), file: file)
    }
  }

  private func place(
    _ storage: PickledStorage, of name: String
  ) throws(CheckpointError) -> Range<Int> {
    guard let whole = places[storage.key] else {
      throw file.badData(
        "tensor \(name)", "its storage \(storage.key) is missing; \(Remedy.fetchAgain)")
    }
    guard let size = storage.byteCount, size <= whole.count else {
      throw file.badData(
        "tensor \(name)",
        "its storage \(storage.key) should have \(storage.count) elements but has "
          + "\(whole.count) bytes; \(Remedy.fetchAgain)")
    }
    let width = storage.type.byteCount
    let start = whole.lowerBound + storage.view.lowerBound * width
    return start..<start + storage.view.count * width
  }
}

extension PickledStorage {
  /// The size of the whole storage in bytes, or `nil` if it exceeds `Int`.
  var byteCount: Int? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
    return overflow ? nil : bytes
  }
}

extension PickledCheckpoint {
  /// All values in the checkpoint that hold tensors.
  var contents: CheckpointContents {
    let search = StateDictSearch(heap, root: root)
    return CheckpointContents(
      dictionaries: search.dictionaries, lists: search.lists, modules: search.modules,
      classNames: heap.unknownClassNames, topKeys: heap.keys(of: root)
    ) { (index, name) throws(CheckpointError) in try tensor(index, name: name) }
  }
}

extension PickleHeap {
  private static let shownNames = 1000

  /// The keys of the dictionary that are strings.
  fileprivate func keys(of dictionary: PickleValue) -> [String] {
    guard case .dictionary(let index) = dictionary else { return [] }
    let items = containers[index]
    return stride(from: 0, to: min(items.count, 2 * Self.shownNames), by: 2).compactMap { i in
      guard case .string(let key) = items[i] else { return nil }
      return String(decoding: key.utf8.prefix(100), as: UTF8.self)
    }
  }

  /// The classes of opaque objects in the order of the file, without duplicates.
  fileprivate var unknownClassNames: [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for object in objects where seen.insert(object.className).inserted {
      names.append(object.className)
      if names.count == Self.shownNames { break }
    }
    return names
  }
}
