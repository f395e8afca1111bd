/// Instructions that name Python objects, and that would call them in Python.
extension Unpickler {
  /// GLOBAL, STACK_GLOBAL and INST: the name of a class or function, which is not looked up.
  mutating func global(_ opcode: PickleOpcode) throws(CheckpointError) -> PickleGlobal {
    guard opcode == .stackGlobal else {
      return PickleGlobal(module: try reader.line(), name: try reader.line())
    }
    let names = try pop(2)
    guard case .string(let module) = names[0], case .string(let name) = names[1] else {
      throw bad("the name of a Python object is not a text; \(Remedy.fetchAgain)")
    }
    return PickleGlobal(module: module, name: name)
  }

  /// EXT1, EXT2 and EXT4: an object that Python's `copyreg` identifies by number.
  mutating func pushExtension(_ code: Int) {
    stack.append(.global(.other("the copyreg extension \(code)")))
  }

  /// REDUCE, NEWOBJ and NEWOBJ_EX: a class or function, a tuple of arguments, and for NEWOBJ_EX a
  /// dictionary of named arguments, which no known function takes.
  mutating func call(_ operands: [PickleValue]) throws(CheckpointError) {
    guard case .tuple(let tuple) = operands[1] else {
      throw bad("a call has no tuple of arguments; nothing was run; \(Remedy.fetchAgain)")
    }
    try make(operands[0], tuple)
    if operands.count == 3, case .object(let object) = try top() {
      heap.objects[object].parts.append(operands[2])
    }
  }

  /// OBJ: a class and its arguments, from the last mark on.
  mutating func makeObject() throws(CheckpointError) {
    let operands = try popToMark()
    guard let type = operands.first else {
      throw bad("an object has no class; \(Remedy.fetchAgain)")
    }
    try make(type, allocate(Array(operands.dropFirst())))
  }

  /// Pushes the object that `callee` would make from the arguments in a tuple of the heap.
  mutating func make(_ callee: PickleValue, _ tuple: Int) throws(CheckpointError) {
    switch callee {
    case .global(let global): stack.append(result(of: global, tuple))
    case .object(let object): stack.append(opaque(heap.objects[object].className, [.tuple(tuple)]))
    default:
      throw bad("calls something other than a function; nothing was run; \(Remedy.fetchAgain)")
    }
  }

  /// Returns the value that `function` would make from the arguments in a tuple of the heap.
  mutating func result(of function: PickleGlobal, _ tuple: Int) -> PickleValue {
    let arguments = heap.containers[tuple]
    switch (function, arguments.first) {
    case (.dictionary, nil), (.dictionary, .global), (.dictionary, PickleValue.none?):
      return .dictionary(allocate([]))
    case (.size, .tuple?): return arguments[0]
    case (.rebuildTensor, _): return rebuiltTensor(arguments, hasDtype: false)
    case (.rebuildTensorWithDtype, _): return rebuiltTensor(arguments, hasDtype: true)
    case (.rebuildParameter, .tensor(let tensor)?):
      return withState(arguments.dropFirst(3), tensor)
    case (.rebuildParameter, .object?): return arguments[0]
    case (.rebuildFromType, _): return rebuiltFromType(arguments)
    case (.rebuildUnreadable(let reason), _): return unreadable(reason)
    default: return opaque(function.name, [.tuple(tuple)])
    }
  }

  /// Makes an opaque object. The parts stay in the heap, so that an object takes little memory even
  /// if the same arguments are used many times.
  mutating func opaque(_ className: String, _ parts: [PickleValue]) -> PickleValue {
    heap.objects.append(PickledObject(className: className, parts: parts))
    return .object(heap.objects.count - 1)
  }

  /// BUILD: sets the attributes of an object. Attributes of a dictionary, such as the `_metadata`
  /// of a state dict, are ignored.
  mutating func build() throws(CheckpointError) {
    let state = try pop()
    switch try top() {
    case .dictionary, .inert, .global, .storage: break
    case .object(let object): heap.objects[object].parts.append(state)
    case .tensor(let tensor): setState(state, ofTensor: tensor)
    default:
      throw bad(
        "sets attributes of a value that has none; nothing was run; \(Remedy.fetchAgain)")
    }
  }
}
