/// The values of PyTorch's own functions and persistent identifiers.
///
/// An argument that changes the values of a tensor is either respected or makes the tensor
/// unreadable. An unreadable tensor is an error only if it is needed.
extension Unpickler {
  mutating func unreadable(_ reason: String) -> PickleValue {
    heap.tensors.append(.unreadable(reason))
    return .tensor(heap.tensors.count - 1)
  }

  /// Returns a strided view of a storage. Its extent is checked when the storage is found.
  ///
  /// - Parameter hasDtype: whether the seventh argument is the element type (`_rebuild_tensor_v3`).
  mutating func rebuiltTensor(_ arguments: [PickleValue], hasDtype: Bool) -> PickleValue {
    guard arguments.count >= 4, case .int(let offset) = arguments[1],
      let shape = heap.integers(arguments[2]), let strides = heap.integers(arguments[3])
    else { return unreadable("is not described by storage, offset, shape and strides") }
    guard case .storage(let storage) = arguments[0] else {
      return unreadable("has its values in \(text(arguments[0])), which is not a PyTorch storage")
    }
    let type = hasDtype ? dtype(arguments.dropFirst(6).first) : heap.storages[storage].type
    guard case .typed(let scalarType) = type else { return unreadable(unsupported(type)) }
    let signs: Set<String>
    switch metadata(arguments.dropFirst(hasDtype ? 7 : 6)) {
    case .success(let keys): signs = keys
    case .failure(let problem): return unreadable(problem.reason)
    }
    let isNegated = signs.contains("neg")
    guard !isNegated || scalarType.isFloatingPoint else {
      return unreadable("holds negated integers: save it after .resolve_neg()")
    }
    heap.tensors.append(
      .view(
        PickledView(
          storage: storage, scalarType: scalarType, offset: offset, shape: shape,
          strides: strides, isNegated: isNegated)))
    return .tensor(heap.tensors.count - 1)
  }

  /// The number of keys and values that are examined, so that one long dictionary cannot be read
  /// over and over.
  private static let largestState = 400

  private func dtype(_ value: PickleValue?) -> StorageType {
    switch value {
    case .global(.dtype(let type))?: .typed(type)
    case .global(let other)?: .unsupported(name: other.name, byteCount: 1)
    default: .untyped
    }
  }

  private func unsupported(_ type: StorageType) -> String {
    switch type {
    case .unsupported(let name, _):
      "has elements of type \(name), which is not read: convert it with .float() before saving"
    default: "lacks its element type"
    }
  }

  private struct MetadataProblem: Error { let reason: String }

  /// The keys of a tensor's metadata. PyTorch checks only whether they exist: `neg`, and `conj`,
  /// which does not change real numbers.
  private func metadata(
    _ arguments: ArraySlice<PickleValue>
  ) -> Result<Set<String>, MetadataProblem> {
    guard arguments.count <= 1 else {
      return .failure(.init(reason: "is rebuilt with arguments that are not known"))
    }
    switch arguments.first {
    case nil, PickleValue.none?: return .success([])
    case .dictionary(let dictionary)?:
      var keys: Set<String> = []
      let items = heap.containers[dictionary].prefix(Self.largestState)
      for i in stride(from: 0, to: items.count, by: 2) {
        guard case .string(let key) = items[i], key == "neg" || key == "conj" else {
          return .failure(
            .init(reason: "has metadata \(text(items[i])), whose meaning is not known"))
        }
        keys.insert(key)
      }
      return .success(keys)
    case let other?:
      return .failure(.init(reason: "has metadata of an unknown kind (\(text(other)))"))
    }
  }

  /// A tensor of a subclass, or with attributes.
  mutating func rebuiltFromType(_ arguments: [PickleValue]) -> PickleValue {
    // If the function were rebuildFromType itself, it could contain its own arguments and never
    // end.
    guard arguments.count == 4, case .global(let function) = arguments[0],
      function != .rebuildFromType, case .tuple(let tuple) = arguments[2]
    else { return unreadable("is rebuilt in an unknown way") }
    let value = result(of: function, tuple)
    guard case .tensor(let tensor) = value, case .view = heap.tensors[tensor] else { return value }
    guard case .global(.tensorClass) = arguments[1] else {
      return unreadable(
        "is of the class \(text(arguments[1])), which may change its values: save a plain "
          + "torch.Tensor")
    }
    return withState(arguments[3...], tensor)
  }

  /// Returns the tensor, unless one of the attributes that are set on it replaces its values.
  mutating func withState(_ states: ArraySlice<PickleValue>, _ tensor: Int) -> PickleValue {
    guard states.allSatisfy(keepsValues) else {
      return unreadable("has a state that replaces its values")
    }
    return .tensor(tensor)
  }

  /// Returns whether setting these attributes leaves the elements of a tensor unchanged.
  private func keepsValues(_ state: PickleValue) -> Bool {
    switch state {
    case .none: true
    case .dictionary(let index): hasHarmlessKeys(index)
    // Attributes, and attributes of slots.
    case .tuple(let index):
      heap.containers[index].count == 2
        && heap.containers[index].allSatisfy {
          switch $0 {
          case .none: true
          case .dictionary(let index): hasHarmlessKeys(index)
          default: false
          }
        }
    default: false
    }
  }

  private func hasHarmlessKeys(_ dictionary: Int) -> Bool {
    let items = heap.containers[dictionary]
    guard items.count <= Self.largestState else { return false }
    return stride(from: 0, to: items.count, by: 2).allSatisfy { i in
      guard case .string(let key) = items[i] else { return false }
      return !["data", "real", "imag"].contains(key)
    }
  }

  /// BUILD on a tensor: `Tensor.__setstate__` takes three gradient settings. Anything longer
  /// replaces the values.
  mutating func setState(_ state: PickleValue, ofTensor tensor: Int) {
    if case .tuple(let index) = state, heap.containers[index].count == 3 { return }
    heap.tensors[tensor] = .unreadable("has a state that replaces its values")
  }

  /// BINPERSID: `("storage", class, key, location, count[, (view key, start, count)])`. The legacy
  /// container also has `("module", class, source file, source)` for the class of a network.
  mutating func pushPersistent() throws(CheckpointError) {
    let identity = try pop()
    guard case .tuple(let tuple) = identity else {
      return stack.append(opaque("an object outside the file", []))
    }
    let items = heap.containers[tuple]
    if let storage = pickledStorage(items) {
      heap.storages.append(storage)
      stack.append(.storage(heap.storages.count - 1))
    } else if items.count == 4, case .string("module") = items[0], case .global = items[1] {
      stack.append(items[1])
    } else {
      stack.append(opaque("an object outside the file", []))
    }
  }

  private func pickledStorage(_ identity: [PickleValue]) -> PickledStorage? {
    guard identity.count == 5 || identity.count == 6, case .string("storage") = identity[0],
      case .global(.storage(let type)) = identity[1], let key = storageKey(identity[2]),
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
    return PickledStorage(key: key, type: type, count: count, view: view)
  }

  /// Returns the description of a value in a message.
  private func text(_ value: PickleValue) -> String {
    switch value {
    case .global(let global): global.name
    case .object(let object): heap.objects[object].className
    case .string(let text): String(decoding: text.utf8.prefix(100), as: UTF8.self)
    default: "a plain value"
    }
  }
}

/// Returns the name of a storage, or `nil` if it is too long to be looked up many times.
func storageKey(_ value: PickleValue) -> String? {
  guard case .string(let key) = value, key.utf8.count <= 256 else { return nil }
  return key
}
