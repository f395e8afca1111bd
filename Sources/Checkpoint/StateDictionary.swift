/// The named tensors of an unpickled checkpoint.
///
/// They are the items of the outermost dictionary, or of the one that training programs put them
/// in beside their own state.
struct StateDictionary {
  /// In the file's order.
  let tensors: [StoredTensor]
  /// The key of the dictionary that held them, `nil` when it was the outermost.
  let key: String?

  /// Where PyTorch Lightning, and most training loops, keep the network's weights.
  private static let usualKeys = ["state_dict", "model_state_dict", "model", "module"]
  private static let longestName = 1000

  init(_ checkpoint: PickledCheckpoint) throws(CheckpointError) {
    let heap = checkpoint.heap
    guard case .dictionary = checkpoint.root else {
      throw checkpoint.file.badData(
        nil, "holds no dictionary of tensors: save a state_dict with torch.save")
    }
    var found = heap.tensors(in: checkpoint.root)
    var key: String?
    for usualKey in Self.usualKeys where found.isEmpty {
      guard let inner = heap.value(for: usualKey, in: checkpoint.root) else { continue }
      found = heap.tensors(in: inner)
      key = usualKey
    }
    guard !found.isEmpty else { throw Self.noTensors(checkpoint) }
    self.key = key
    tensors = try Self.stored(found, checkpoint)
  }

  private static func stored(
    _ found: [(name: String, index: Int)], _ checkpoint: PickledCheckpoint
  ) throws(CheckpointError) -> [StoredTensor] {
    // As in Python, a key that is set again keeps its place and takes the last value.
    var positions: [String: Int] = [:]
    var tensors: [StoredTensor] = []
    for (name, index) in found {
      guard name.utf8.count <= longestName else {
        throw checkpoint.file.badData(
          "tensor \(name.prefix(100))…",
          "its name has \(name.utf8.count) bytes; \(Advice.fetchAgain)")
      }
      let tensor = try checkpoint.tensor(index, name: name)
      if let position = positions[name] {
        tensors[position] = tensor
      } else {
        positions[name] = tensors.count
        tensors.append(tensor)
      }
    }
    return tensors
  }

  private static func noTensors(_ checkpoint: PickledCheckpoint) -> CheckpointError {
    let keys = checkpoint.heap.keys(in: checkpoint.root)
    let shown = keys.prefix(10).map { $0.prefix(40) }.joined(separator: ", ")
    return checkpoint.file.badData(
      nil,
      "holds no tensors\(keys.isEmpty ? "" : ", only \(shown)\(keys.count > 10 ? ", …" : "")"): "
        + "save the network's state_dict with torch.save")
  }
}

extension PickleHeap {
  /// The last value that a dictionary has for `key`; `nil` when it has none or is none.
  func value(for key: String, in dictionary: PickleValue) -> PickleValue? {
    items(of: dictionary).last { $0.name == key }?.value
  }

  fileprivate func keys(in dictionary: PickleValue) -> [String] {
    items(of: dictionary).map(\.name)
  }

  /// The items of a dictionary that are tensors.
  fileprivate func tensors(in dictionary: PickleValue) -> [(name: String, index: Int)] {
    items(of: dictionary).compactMap { name, value in
      guard case .tensor(let index) = value else { return nil }
      return (name, index)
    }
  }

  /// The items of a dictionary whose keys are text.
  private func items(of dictionary: PickleValue) -> [(name: String, value: PickleValue)] {
    guard case .dictionary(let index) = dictionary else { return [] }
    let items = containers[index]
    return stride(from: 0, to: items.count, by: 2).compactMap { i in
      guard case .string(let name) = items[i] else { return nil }
      return (name, items[i + 1])
    }
  }
}
