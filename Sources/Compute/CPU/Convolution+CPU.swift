import COneDNN

extension Convolution: CPUOperation {
  var constantBytes: Int {
    let bytes = weights.shape.reduce(1, *) * source.type.byteCount
    return usesFixedPoint ? fixedPointBytes : usesWinograd ? bytes * positions / 9 : bytes
  }

  /// The shape of the direct convolution. If it enlarges, that of a convolution of the enlarged
  /// source.
  package var directShape: dmpi_convolution {
    // Vectors, one per image, become one line of pixels. This is one matrix product, which reads
    // the weights once. A wider kernel or a stride would connect neighbours.
    let isProduct = source.shape.pixels == 1 && weights.shape[2] == 1 && stride == 1
    let scale = enlarges ? 2 : 1
    let (batch, width) =
      isProduct ? (1, source.shape.batch) : (source.shape.batch, scale * source.shape.width)
    return dmpi_convolution(
      batch: Int64(batch), height: Int64(scale * source.shape.height), width: Int64(width),
      in_channels: Int64(source.shape.channels),
      out_channels: Int64(output.shape.channels), kernel: Int64(weights.shape[2]),
      stride: Int64(stride), padding_before: Int64(padding.before(kernel: weights.shape[2])),
      padding_after: Int64(padding.after(kernel: weights.shape[2])),
      source: source.type.libraryType, destination: output.type.libraryType,
      accumulates: accumulates || added != nil ? 1 : 0)
  }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    if usesFixedPoint { return try compileFixedPoint(context) }
    return try usesWinograd ? compileWinograd(context) : compileDirect(context)
  }

  private func compileDirect(_ context: CompileContext) throws -> () throws -> Void {
    precondition(!enlarges, "a direct convolution enlarges nothing")
    let primitive = try Primitive(convolution: directShape, label: summary)
    let name = "\(weights.name) \(primitive.packedLayout)"
    let packed = try context.constant(name, byteCount: primitive.packedBytes) {
      try primitive.check(dmpi_pack_weights(primitive.handle, try weights.load().elements, $0))
    }
    try primitive.check(
      dmpi_convolution_bind(
        primitive.handle, context.pointer(source), packed, try context.floats(bias),
        context.pointer(output)))
    context.reserveScratch(primitive.scratchBytes)
    let residual = added.map(context.pointer)
    let (destination, byteCount) = (context.pointer(output), output.byteCount)
    return {
      // Copied first if it is needed later, and then added to. oneDNN 2.6 runs its fast kernels
      // with a sum into the destination, but not with a second tensor to add.
      if let residual, residual != destination {
        parallel(byteCount, grain: 1 << 16) { part in
          (destination + part.lowerBound).copyMemory(
            from: residual + part.lowerBound, byteCount: part.count)
        }
      }
      try primitive.check(dmpi_convolution_run(primitive.handle, context.scratch))
    }
  }
}
