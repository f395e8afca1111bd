extension Dilation: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (small, large) = (source.shape, output.shape)
    let pixelBytes = small.channels * source.type.byteCount
    return {
      parallel(large.batch * large.height) { item in
        let (image, row) = (item / large.height, item % large.height)
        let line = to + item * large.width * pixelBytes
        line.initializeMemory(as: UInt8.self, repeating: 0, count: large.width * pixelBytes)
        guard row % 2 == 0 else { return }
        let sourceLine = from + (image * small.height + row / 2) * small.width * pixelBytes
        for x in 0..<small.width {
          (line + 2 * x * pixelBytes).copyMemory(
            from: sourceLine + x * pixelBytes, byteCount: pixelBytes)
        }
      }
    }
  }
}
