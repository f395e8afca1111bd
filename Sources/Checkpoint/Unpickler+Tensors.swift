/// What PyTorch's own functions and persistent identities stand for.
extension Unpickler {
  /// A strided view of a storage; whether it fits is checked when the storage is found.
  mutating func rebuildTensor(
    _ function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(CheckpointError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .int(let offset) = arguments[1], let shape = heap.integers(arguments[2]),
      let strides = heap.integers(arguments[3])
    else {
      throw bad(
        "a tensor is not described by storage, offset, shape and strides; \(Advice.fetchAgain)")
    }
    var scalarType = heap.storages[storage].scalarType
    if function == .rebuildTensorWithDtype, arguments.count >= 7,
      case .global(.dtype(let dtype)) = arguments[6]
    {
      scalarType = dtype
    }
    guard let scalarType else {
      throw bad("a tensor's element type is missing; \(Advice.fetchAgain)")
    }
    heap.tensors.append(
      PickledTensor(
        storage: storage, scalarType: scalarType, offset: offset, shape: shape, strides: strides))
    return .tensor(heap.tensors.count - 1)
  }

  /// A tensor of a subclass or with attributes, which are left out.
  mutating func rebuildFromType(
    _ function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(CheckpointError) -> PickleValue {
    // A function that is itself rebuildFromType could hold its own arguments and never end.
    guard function != .rebuildFromType, arguments.count == 4, case .tuple(let tuple) = arguments[2]
    else {
      throw bad("a tensor is rebuilt in an unknown way; \(Advice.saveAgain)")
    }
    return try result(of: function, heap.containers[tuple])
  }

  /// BINPERSID: `("storage", class, key, location, count[, (view key, start, count)])`.
  mutating func pushStorage() throws(CheckpointError) {
    guard case .tuple(let tuple) = try pop(),
      let storage = pickledStorage(heap.containers[tuple])
    else {
      throw bad(
        "a storage is not described by type, key, location and count; \(Advice.fetchAgain)")
    }
    heap.storages.append(storage)
    stack.append(.storage(heap.storages.count - 1))
  }

  private func pickledStorage(_ identity: [PickleValue]) -> PickledStorage? {
    guard identity.count == 5 || identity.count == 6, case .string("storage") = identity[0],
      case .global(.storage(let scalarType)) = identity[1], let key = storageKey(identity[2]),
      case .int(let count) = identity[4], count >= 0
    else { return nil }
    var view = 0..<count
    if identity.count == 6, case .tuple(let tuple) = identity[5] {
      let items = heap.containers[tuple]
      guard items.count == 3, case .int(let start) = items[1], case .int(let length) = items[2],
        start >= 0, start <= count, length >= 0, length <= count - start
      else { return nil }
      view = start..<start + length
    }
    return PickledStorage(key: key, scalarType: scalarType, count: count, view: view)
  }
}

/// The text that names a storage; `nil` for one too long to be looked up over and over.
func storageKey(_ value: PickleValue) -> String? {
  guard case .string(let key) = value, key.utf8.count <= 256 else { return nil }
  return key
}
