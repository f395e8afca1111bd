/// An operation that the CPU can run.
protocol CPUOperation: Operation {
  /// The approximate number of bytes that it requests from the constant store, without small
  /// vectors.
  var constantBytes: Int { get }
  /// Creates primitives and packs weights once. The returned closure runs the step without
  /// allocating memory.
  func compile(_ context: CompileContext) throws -> () throws -> Void
}

extension CPUOperation {
  var constantBytes: Int { 0 }
}

extension Operation {
  /// The operation as one that the CPU can run.
  var onCPU: any CPUOperation {
    guard let operation = self as? any CPUOperation else {
      preconditionFailure("the CPU cannot run \(summary)")
    }
    return operation
  }
}
