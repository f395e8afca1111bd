/// Finds every dictionary of tensors in the result of a pickle program, at any depth: in
/// dictionaries, lists, tuples, and the attributes and items of opaque objects.
///
/// The search is breadth-first and visits each container once. Its time is therefore proportional
/// to the size of the file, even if containers hold themselves.
struct StateDictSearch {
  private(set) var dictionaries: [TensorDictionary] = []
  private(set) var lists: [TensorList] = []
  private(set) var modules: [(key: String, className: String)] = []

  private let heap: PickleHeap
  /// For each dictionary, its container, if it has one.
  private var containers: [Int?] = []
  private var nodes: [Node] = []
  private var visitedContainers: [Bool]
  private var visitedObjects: [Bool]
  /// Further positions of a container, besides the one where it was first found.
  private var aliases: [Int: [(parent: Int?, key: String)]] = [:]

  private struct Node {
    let value: PickleValue
    let parent: Int?
    /// The key of the node, or `nil` if it is a part of its parent, such as the state of an object.
    let key: String?
    let depth: Int
  }

  private static let deepest = 24
  private static let longestName = 1000
  private static let mostFinds = 100_000

  init(_ heap: PickleHeap, root: PickleValue) {
    self.heap = heap
    visitedContainers = [Bool](repeating: false, count: heap.containers.count)
    visitedObjects = [Bool](repeating: false, count: heap.objects.count)
    enqueue(root, parent: nil, key: nil)
    var next = 0
    while next < nodes.count, dictionaries.count < Self.mostFinds {
      visit(next)
      next += 1
    }
    for (index, container) in containers.enumerated() {
      guard let container, let places = aliases[container] else { continue }
      dictionaries[index].aliases = places.map { place in
        ((place.parent.map { path($0) } ?? []) + [place.key]).joined(separator: ".")
      }
    }
  }

  private mutating func enqueue(_ value: PickleValue, parent: Int?, key: String?) {
    let depth = (parent.map { nodes[$0].depth } ?? 0) + 1
    guard depth <= Self.deepest else { return }
    switch value {
    case .dictionary(let index), .list(let index), .tuple(let index):
      guard !visitedContainers[index] else { return recordAlias(index, parent, key) }
      visitedContainers[index] = true
    case .object(let index):
      guard !visitedObjects[index] else { return }
      visitedObjects[index] = true
    default: return
    }
    nodes.append(Node(value: value, parent: parent, key: key, depth: depth))
  }

  private mutating func visit(_ node: Int) {
    switch nodes[node].value {
    case .dictionary(let index):
      visit(pairs: heap.containers[index], of: node, container: index)
    case .list(let index), .tuple(let index): visit(list: heap.containers[index], of: node)
    case .object(let index): visit(heap.objects[index], of: node)
    default: break
    }
  }

  private mutating func visit(pairs: [PickleValue], of node: Int, container: Int?) {
    if let dictionary = dictionary(of: pairs, node) {
      dictionaries.append(dictionary)
      containers.append(container)
    }
    for i in stride(from: 0, to: pairs.count, by: 2) {
      if let key = text(pairs[i]) { enqueue(pairs[i + 1], parent: node, key: key) }
    }
  }

  private mutating func visit(list: [PickleValue], of node: Int) {
    let isPart = nodes[node].key == nil && nodes[node].parent != nil
    if isPart, let pairs = pairs(list) {
      return visit(pairs: pairs, of: node, container: nil)
    }
    var tensors: [Int] = []
    for case .tensor(let tensor) in list { tensors.append(tensor) }
    if tensors.count == list.count, tensors.count > 1, lists.count < Self.mostFinds {
      lists.append(TensorList(path: path(node), tensors: tensors))
    }
    for (place, value) in list.enumerated() {
      // The arguments of an object have no key of their own.
      enqueue(value, parent: node, key: isPart ? nil : "\(place)")
    }
  }

  private mutating func visit(_ object: PickledObject, of node: Int) {
    if isModule(object) {
      if modules.count < Self.mostFinds { modules.append((key(node), object.className)) }
      return
    }
    visit(pairs: object.items, of: node, container: nil)
    for part in object.parts { enqueue(part, parent: node, key: nil) }
  }

  /// Returns alternating keys and values if the items of a list are pairs. Python 2 pickles an
  /// OrderedDict in this form.
  private func pairs(_ list: [PickleValue]) -> [PickleValue]? {
    var pairs: [PickleValue] = []
    for item in list {
      switch item {
      case .list(let index), .tuple(let index):
        let pair = heap.containers[index]
        guard pair.count == 2, case .string = pair[0] else { return nil }
        pairs += pair
      default: return nil
      }
    }
    return pairs.isEmpty ? nil : pairs
  }

  /// Returns whether the attributes of an object are those of a `torch.nn.Module`.
  private func isModule(_ object: PickledObject) -> Bool {
    guard let state = object.parts.last, case .dictionary(let index) = state,
      heap.containers[index].count <= 1000
    else { return false }
    return ["_modules", "_parameters"].allSatisfy { heap.value(for: $0, in: state) != nil }
  }

  // MARK: - Tensors

  /// Returns the tensors among the items of a dictionary, or `nil` if it has none. As in Python, a
  /// key that is set again keeps its position and gets the last value.
  private func dictionary(of pairs: [PickleValue], _ node: Int) -> TensorDictionary? {
    var positions: [String: Int] = [:]
    var entries: [TensorDictionary.Entry] = []
    var hasTensor = false
    for i in stride(from: 0, to: pairs.count, by: 2) {
      guard let name = name(pairs[i]), let entry = entry(name, pairs[i + 1]) else { continue }
      if case .tensor = pairs[i + 1] { hasTensor = true }
      if let position = positions[name] {
        entries[position] = entry
      } else {
        positions[name] = entries.count
        entries.append(entry)
      }
    }
    // Opaque objects are a state dict only if their names look like those of modules.
    guard hasTensor || entries.contains(where: { $0.name.utf8.contains(UInt8(ascii: ".")) })
    else { return nil }
    return TensorDictionary(path: path(node), entries: entries)
  }

  private func entry(_ name: String, _ value: PickleValue) -> TensorDictionary.Entry? {
    switch value {
    case .tensor(let tensor):
      var problem: String?
      if case .unreadable(let reason) = heap.tensors[tensor] { problem = reason }
      return .init(name: name, tensor: tensor, problem: problem)
    case .object(let object):
      return .init(name: name, tensor: -1, problem: Self.problem(heap.objects[object].className))
    default: return nil
    }
  }

  private static func problem(_ className: String) -> String {
    if className.hasPrefix("numpy") {
      return "is a NumPy array, not a tensor: save it after torch.from_numpy"
    }
    return "depends on the Python object \(className), which is not known; nothing was run; "
      + Remedy.saveAgain
  }

  // MARK: - Keys

  /// Returns the name of a tensor, or `nil` if it is too long for a network.
  private func name(_ key: PickleValue) -> String? {
    switch key {
    case .string(let name): name.utf8.count <= Self.longestName ? name : nil
    case .int(let number): "\(number)"
    default: nil
    }
  }

  private mutating func recordAlias(_ container: Int, _ parent: Int?, _ key: String?) {
    guard let key, aliases.count < Self.mostFinds, aliases[container, default: []].count < 8
    else { return }
    aliases[container, default: []].append((parent, key))
  }

  private func path(_ node: Int) -> [String] {
    var path: [String] = []
    var next: Int? = node
    while let place = next {
      if let key = nodes[place].key { path.append(key) }
      next = nodes[place].parent
    }
    return path.reversed()
  }

  private func key(_ node: Int) -> String {
    let path = path(node)
    return path.isEmpty ? TensorDictionary.outermost : path.joined(separator: ".")
  }

  private func shortened(_ text: String) -> String {
    text.utf8.count <= 100 ? text : String(decoding: text.utf8.prefix(100), as: UTF8.self) + "…"
  }

  /// Returns a key, truncated so that it can be repeated for every item under it.
  private func text(_ key: PickleValue) -> String? {
    switch key {
    case .string(let text): shortened(text)
    case .int(let number): "\(number)"
    // Lightning before 1.5 stored the state of a callback under its class.
    case .global(let global): shortened(global.name)
    default: nil
    }
  }
}
