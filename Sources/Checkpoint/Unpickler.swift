/// Runs a pickle program on values of its own, so that nothing in the file is ever executed.
///
/// The instructions are those of Python's pickle protocols 0 to 5. Classes and functions are names
/// only (`PickleGlobal`), and every length is checked against the file. Memory is bounded, because
/// an instruction makes at most one value and the number of instructions is limited.
struct Unpickler {
  var reader: ByteReader
  var heap = PickleHeap()
  var stack: [PickleValue] = []
  /// The heights of the stack at the open marks.
  private var marks: [Int] = []
  private var memo: [UInt32: PickleValue] = [:]
  /// The start of the current instruction.
  private var instruction = 0

  /// The largest number of instructions in a program. A state dict has about 30 per tensor, and a
  /// training program may store long lists next to it.
  private static let largestProgram = 1 << 22

  init(_ reader: ByteReader) {
    self.reader = reader
  }

  /// Runs to the next STOP and returns the value. The reader is then after the STOP.
  mutating func run() throws(CheckpointError) -> PickleValue {
    for _ in 0..<Self.largestProgram {
      instruction = reader.position
      let byte = try reader.byte()
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw bad(
          "0x\(String(byte, radix: 16)) is not an instruction of a pickle; "
            + Remedy.fetchAgain)
      }
      if opcode == .stop { return try pop() }
      try execute(opcode)
    }
    throw bad(
      "the pickle has over \(Self.largestProgram) instructions, more than any model's needs; "
        + Remedy.saveAgain)
  }

  private mutating func execute(_ opcode: PickleOpcode) throws(CheckpointError) {
    switch opcode {
    case .proto: try checkProtocol()
    case .frame: try checkFrame()
    case .stop: break
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .dup: stack.append(try top())
    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binInt: stack.append(.int(Int(try reader.integer(Int32.self))))
    case .binInt1: stack.append(.int(Int(try reader.byte())))
    case .binInt2: stack.append(.int(Int(try reader.integer(UInt16.self))))
    case .long1: try pushLong(Int(try reader.byte()))
    case .long4: try pushLong(Int(try reader.integer(Int32.self)))
    case .binFloat:
      let bits = try reader.integer(UInt64.self)
      stack.append(.float(Double(bitPattern: bits.byteSwapped)))
    case .int: try pushIntegerLine()
    case .long: try pushLongLine()
    case .float: stack.append(.float(Double(try reader.line()) ?? .nan))
    case .string: stack.append(.string(unquoted(try reader.line(atMost: Self.longestLine))))
    case .unicode: stack.append(.string(unescaped(try reader.line(atMost: Self.longestLine))))
    case .get: try get(try memoIndexLine())
    case .put: memo[try memoIndexLine()] = try top()
    case .persID: throw bad(Self.textIdentities)
    case .binString: try pushString(Int(try reader.integer(Int32.self)))
    case .shortBinString, .shortBinUnicode: try pushString(Int(try reader.byte()))
    case .binUnicode: try pushString(Int(try reader.integer(UInt32.self)))
    case .binUnicode8: try pushString(try reader.length64())
    case .binBytes: try pushBytes(Int(try reader.integer(UInt32.self)))
    case .shortBinBytes: try pushBytes(Int(try reader.byte()))
    case .binBytes8, .byteArray8: try pushBytes(try reader.length64())
    case .emptyTuple: pushTuple([])
    case .tuple: pushTuple(try popToMark())
    case .tuple1: pushTuple(try pop(1))
    case .tuple2: pushTuple(try pop(2))
    case .tuple3: pushTuple(try pop(3))
    case .emptyList: pushList([])
    case .list: pushList(try popToMark())
    case .append: try appendToList(try pop(1))
    case .appends: try appendToList(try popToMark())
    case .emptyDict: try pushDictionary([])
    case .dict: try pushDictionary(try popToMark())
    case .setItem: try setItems(try pop(2))
    case .setItems: try setItems(try popToMark())
    case .readOnlyBuffer: _ = try top()
    case .emptySet: stack.append(.inert)
    case .addItems: try addItems()
    case .frozenSet:
      _ = try popToMark()
      stack.append(.inert)
    case .binGet: try get(UInt32(try reader.byte()))
    case .longBinGet: try get(try reader.integer(UInt32.self))
    case .binPut: memo[UInt32(try reader.byte())] = try top()
    case .longBinPut: memo[try reader.integer(UInt32.self)] = try top()
    case .memoize: memo[UInt32(memo.count)] = try top()
    case .global, .stackGlobal: stack.append(.global(try global(opcode)))
    case .ext1: pushExtension(Int(try reader.byte()))
    case .ext2: pushExtension(Int(try reader.integer(UInt16.self)))
    case .ext4: pushExtension(Int(try reader.integer(Int32.self)))
    case .reduce, .newObj: try call(pop(2))
    case .newObjEx: try call(pop(3))
    case .inst: try make(.global(try global(opcode)), allocate(popToMark()))
    case .obj: try makeObject()
    case .build: try build()
    case .binPersID: try pushPersistent()
    }
  }

  /// Returns an error about the current instruction.
  func bad(_ reason: String) -> CheckpointError { reader.bad(reason, at: instruction) }

  private mutating func checkProtocol() throws(CheckpointError) {
    let version = try reader.byte()
    guard version <= 5 else {
      throw bad("pickle protocol \(version) is not known; \(Remedy.fetchAgain)")
    }
  }

  private static let longestLine = 1 << 20
  private static let textIdentities =
    "was saved with pickle protocol 0, whose tensors PyTorch itself cannot load again: save it "
    + "with torch.save's own protocol"

  private mutating func checkFrame() throws(CheckpointError) {
    let length = try reader.length64()
    guard length <= reader.remaining else {
      throw bad(
        "a frame of \(length) bytes should follow but \(reader.remaining) are left; "
          + Remedy.fetchAgain)
    }
  }
}

// MARK: The stack

extension Unpickler {
  /// Values below an open mark cannot be popped.
  private var floor: Int { marks.last ?? 0 }

  func top() throws(CheckpointError) -> PickleValue {
    guard stack.count > floor else { throw underflow }
    return stack[stack.count - 1]
  }

  mutating func pop() throws(CheckpointError) -> PickleValue {
    guard stack.count > floor else { throw underflow }
    return stack.removeLast()
  }

  mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
    guard stack.count - floor >= count else { throw underflow }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw underflow }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private var underflow: CheckpointError {
    bad("an instruction finds no value to work on; \(Remedy.fetchAgain)")
  }

  private mutating func get(_ index: UInt32) throws(CheckpointError) {
    guard let value = memo[index] else {
      throw bad("value \(index) is used before it is stored; \(Remedy.fetchAgain)")
    }
    stack.append(value)
  }
}
