/// What the pickle program of a PyTorch checkpoint built, and where its storages' bytes are.
struct PickledCheckpoint {
  let root: PickleValue
  let heap: PickleHeap
  /// Places in the file by the storages' keys.
  let places: [String: Range<Int>]
  let file: MappedFile

  /// The tensor of the heap at `index`, all its elements checked to lie within its storage.
  func tensor(_ index: Int, name: String) throws(CheckpointError) -> StoredTensor {
    let tensor = heap.tensors[index]
    return try StoredTensor(
      name: name, scalarType: tensor.scalarType, shape: tensor.shape, strides: tensor.strides,
      offset: tensor.offset, storage: try place(heap.storages[tensor.storage], of: name),
      file: file)
  }

  private func place(
    _ storage: PickledStorage, of name: String
  ) throws(CheckpointError) -> Range<Int> {
    guard let whole = places[storage.key] else {
      throw file.badData(
        "tensor \(name)", "its storage \(storage.key) is missing; \(Advice.fetchAgain)")
    }
    guard let size = storage.byteCount, size <= whole.count else {
      throw file.badData(
        "tensor \(name)",
        "its storage \(storage.key) should have \(storage.count) elements but has "
          + "\(whole.count) bytes; \(Advice.fetchAgain)")
    }
    let width = storage.elementSize
    let start = whole.lowerBound + storage.view.lowerBound * width
    return start..<start + storage.view.count * width
  }
}

extension PickledStorage {
  /// Bytes an element; 1 in a storage without a type.
  var elementSize: Int { scalarType?.byteCount ?? 1 }

  /// Bytes of the whole storage; `nil` when they exceed `Int`.
  var byteCount: Int? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: elementSize)
    return overflow ? nil : bytes
  }
}
