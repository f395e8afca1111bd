/// Instructions that name Python objects and call them, or would.
extension Unpickler {
  /// GLOBAL, STACK_GLOBAL and INST: the only ones that name an object, and refuse any not listed.
  mutating func pushGlobal(_ opcode: PickleOpcode) throws(CheckpointError) {
    let (module, name) = try globalName(opcode)
    guard let global = PickleGlobal(module: module, name: name) else {
      let object = "\(module).\(name)".prefix(100)
      throw bad(
        "names the Python object \(object), which is not plain data; nothing was run; "
          + Advice.saveAgain)
    }
    guard opcode != .inst else {
      throw bad("makes an object as only Python 2 does; \(Advice.saveAgain)")
    }
    stack.append(.global(global))
  }

  private mutating func globalName(
    _ opcode: PickleOpcode
  ) throws(CheckpointError) -> (module: String, name: String) {
    guard opcode == .stackGlobal else { return (try reader.line(), try reader.line()) }
    let names = try pop(2)
    guard case .string(let module) = names[0], case .string(let name) = names[1] else {
      throw bad("a Python object is named by what is no text; \(Advice.fetchAgain)")
    }
    return (module, name)
  }

  /// REDUCE: what calling a function with a tuple of arguments would make.
  mutating func reduce() throws(CheckpointError) {
    let operands = try pop(2)
    guard case .global(let function) = operands[0], case .tuple(let tuple) = operands[1] else {
      throw bad("calls what is no function; nothing was run; \(Advice.fetchAgain)")
    }
    stack.append(try result(of: function, heap.containers[tuple]))
  }

  /// NEWOBJ: what a class makes of a tuple of arguments.
  mutating func makeInstance() throws(CheckpointError) {
    let operands = try pop(2)
    guard case .global(let type) = operands[0], case .tuple(let tuple) = operands[1],
      type == .dictionary || type == .inert
    else {
      throw bad("makes an object of what is no class; \(Advice.fetchAgain)")
    }
    stack.append(try result(of: type, heap.containers[tuple]))
  }

  /// BUILD: an object's attributes, such as a state dict's `_metadata`, which are left out.
  mutating func build() throws(CheckpointError) {
    _ = try pop()
    switch try top() {
    case .dictionary, .inert: break
    default:
      throw bad(
        "sets attributes of what has none; nothing was run; \(Advice.fetchAgain)")
    }
  }

  /// What `function` would make of `arguments`.
  mutating func result(
    of function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(CheckpointError) -> PickleValue {
    switch (function, arguments.first) {
    case (.dictionary, nil), (.dictionary, .global): return .dictionary(allocate([]))
    case (.size, .tuple?): return arguments[0]
    case (.rebuildTensor, _), (.rebuildTensorWithDtype, _):
      return try rebuildTensor(function, arguments)
    case (.rebuildParameter, .tensor?): return arguments[0]
    case (.rebuildFromType, .global(let inner)?): return try rebuildFromType(inner, arguments)
    case (.inert, _): return .inert
    default:
      throw bad(
        "a function is called with arguments it does not have; nothing was run; "
          + Advice.saveAgain)
    }
  }
}
