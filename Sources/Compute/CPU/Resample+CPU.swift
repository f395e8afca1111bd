import CKernels

extension Resample: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (shape, outputShape, type) = (source.shape, output.shape, source.type)
    let (direction, scale) = (direction, scale)
    let rows = min(shape.height, outputShape.height)
    func imageBytes(_ shape: Shape) -> Int { shape.pixels * shape.channels * type.byteCount }
    let (sourceBytes, outputBytes) = (imageBytes(shape), imageBytes(outputShape))
    return {
      parallel(shape.batch * rows) { item in
        let (image, row) = (item / rows, Int64(item % rows))
        let (x, y) = (from + image * sourceBytes, to + image * outputBytes)
        let (width, channels) = (Int64(shape.width), Int64(shape.channels))
        switch direction {
        case .up: dmpi_upsample(y, x, type.kernelElement, width, channels, scale, row, row + 1)
        case .down: dmpi_downsample(y, x, type.kernelElement, width, channels, row, row + 1)
        }
      }
    }
  }
}
