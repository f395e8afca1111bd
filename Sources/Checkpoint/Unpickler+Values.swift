/// Instructions that make plain values and fill containers.
extension Unpickler {
  /// Pushes a little-endian two's complement integer of any length.
  mutating func pushLong(_ length: Int) throws(CheckpointError) {
    let place = try reader.take(length)
    let bytes = reader.file.bytes(place)
    guard length <= 8 else {
      stack.append(.longInteger(place))
      return
    }
    var bits: UInt64 = (bytes.last ?? 0) & 0x80 == 0 ? 0 : .max
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    stack.append(.int(Int(Int64(bitPattern: bits))))
  }

  mutating func pushString(_ length: Int) throws(CheckpointError) {
    stack.append(.string(try reader.string(length)))
  }

  /// Pushes a byte string, which no description of a weight needs.
  mutating func pushBytes(_ length: Int) throws(CheckpointError) {
    _ = try reader.take(length)
    stack.append(.inert)
  }

  mutating func pushTuple(_ items: [PickleValue]) {
    stack.append(.tuple(allocate(items)))
  }

  mutating func pushList(_ items: [PickleValue]) {
    stack.append(.list(allocate(items)))
  }

  mutating func pushDictionary(_ items: [PickleValue]) throws(CheckpointError) {
    try checkPairs(items)
    stack.append(.dictionary(allocate(items)))
  }

  /// Adds a container to the heap and returns its index.
  mutating func allocate(_ items: [PickleValue]) -> Int {
    heap.containers.append(items)
    return heap.containers.count - 1
  }

  /// Appends items to a list, or to an object that is filled like a list.
  mutating func appendToList(_ items: [PickleValue]) throws(CheckpointError) {
    switch try top() {
    case .list(let list): heap.containers[list] += items
    case .object(let object): heap.objects[object].parts += items
    case .inert: break
    default: throw bad("items are appended to something other than a list; \(Remedy.fetchAgain)")
    }
  }

  /// Sets items from alternating keys and values.
  mutating func setItems(_ items: [PickleValue]) throws(CheckpointError) {
    try checkPairs(items)
    switch try top() {
    case .dictionary(let dictionary): heap.containers[dictionary] += items
    case .object(let object): heap.objects[object].items += items
    default: throw bad("items are set in something other than a dictionary; \(Remedy.fetchAgain)")
    }
  }

  private func checkPairs(_ items: [PickleValue]) throws(CheckpointError) {
    guard items.count.isMultiple(of: 2) else {
      throw bad("a dictionary's key has no value; \(Remedy.fetchAgain)")
    }
  }

  mutating func addItems() throws(CheckpointError) {
    let items = try popToMark()
    switch try top() {
    case .object(let object): heap.objects[object].parts += items
    case .inert: break
    default: throw bad("items are added to something other than a set; \(Remedy.fetchAgain)")
    }
  }
}
