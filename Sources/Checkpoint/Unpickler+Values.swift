/// Instructions that make plain values and fill containers.
extension Unpickler {
  /// A little-endian two's complement integer of any length.
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

  /// A text of bytes, which no weight's description needs.
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

  /// The index of a new container in the heap.
  mutating func allocate(_ items: [PickleValue]) -> Int {
    heap.containers.append(items)
    return heap.containers.count - 1
  }

  /// Items of a list, or of an object that is filled like one.
  mutating func appendToList(_ items: [PickleValue]) throws(CheckpointError) {
    switch try top() {
    case .list(let list): heap.containers[list] += items
    case .object(let object): heap.objects[object].parts += items
    case .inert: break
    default: throw bad("items are appended to what is no list; \(Advice.fetchAgain)")
    }
  }

  /// Keys and values in turn.
  mutating func setItems(_ items: [PickleValue]) throws(CheckpointError) {
    try checkPairs(items)
    switch try top() {
    case .dictionary(let dictionary): heap.containers[dictionary] += items
    case .object(let object): heap.objects[object].items += items
    default: throw bad("items are set in what is no dictionary; \(Advice.fetchAgain)")
    }
  }

  private func checkPairs(_ items: [PickleValue]) throws(CheckpointError) {
    guard items.count.isMultiple(of: 2) else {
      throw bad("a dictionary's key has no value; \(Advice.fetchAgain)")
    }
  }

  mutating func addItems() throws(CheckpointError) {
    let items = try popToMark()
    switch try top() {
    case .object(let object): heap.objects[object].parts += items
    case .inert: break
    default: throw bad("items are added to what is no set; \(Advice.fetchAgain)")
    }
  }
}
