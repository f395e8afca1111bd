import CKernels

extension Activation: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (x, y, count) = (context.floats(source), context.floats(output), source.shape.count)
    return {
      parallel(count, grain: 1 << 12) { part in
        dmpi_silu(y + part.lowerBound, x + part.lowerBound, Int64(part.count))
      }
    }
  }
}

extension ReLU: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (x, y) = (context.floats(source), context.floats(output))
    let dy = gradient.map(context.floats)
    let count = source.shape.count
    return {
      for i in 0..<count { y[i] = x[i] > 0 ? (dy?[i] ?? x[i]) : 0 }
    }
  }
}
