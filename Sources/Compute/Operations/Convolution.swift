import COneDNN

/// A 2-D convolution with bias. A 1×1 convolution on a single row of pixels is a matrix product.
///
/// source [N, H, W, in] → output [N, H/stride, W/stride, out], with padding (kernel−1)/2. The
/// output is twice as high and wide if it `enlarges`.
package struct Convolution: Operation {
  let source: Value
  /// [out, in, kernel, kernel]
  let weights: Parameter
  /// [out]
  let bias: Parameter
  var stride = 1
  /// Whether the source is first enlarged to twice its size by nearest neighbour. Only with
  /// Winograd's algorithm.
  var enlarges = false
  /// A value to add to the result, with the output's shape and type.
  var added: Value?
  /// Whether the result is added to the existing output.
  var accumulates = false
  let output: Value

  package var label: String {
    let kernel = weights.shape[2]
    return
      "convolution \(kernel)×\(kernel) \(weights.shape[1])→\(weights.shape[0]) (\(weights.name))"
  }
  package var inputs: [Value] {
    [source] + (added.map { [$0] } ?? []) + (accumulates ? [output] : [])
  }
  package var outputs: [Value] { [output] }
  package var replacement: (old: Value, new: Value)? {
    added.flatMap { $0 == source ? nil : ($0, output) }
  }
  package var flops: Double {
    2 * Double(output.shape.count) * Double(weights.shape[1...].reduce(1, *))
  }

  package var constantBytes: Int {
    let bytes = weights.shape.reduce(1, *) * source.type.byteCount
    return usesFixedPoint ? fixedPointBytes : usesWinograd ? bytes * positions / 9 : bytes
  }

  /// The shape of the direct convolution. If it enlarges, that of a convolution of the enlarged
  /// source.
  var shape: dmpi_convolution {
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
      stride: Int64(stride), padding: Int64((weights.shape[2] - 1) / 2),
      source: source.type.libraryType, destination: output.type.libraryType,
      accumulates: accumulates || added != nil ? 1 : 0)
  }

  package func compile(_ context: PlanContext) throws -> () throws -> Void {
    if usesFixedPoint { return try compileFixedPoint(context) }
    return try usesWinograd ? compileWinograd(context) : compileDirect(context)
  }

  private func compileDirect(_ context: PlanContext) throws -> () throws -> Void {
    precondition(!enlarges, "a direct convolution enlarges nothing")
    let primitive = try Primitive(convolution: shape, label: label)
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

extension Graph {
  /// Returns a convolution with padding (kernel−1)/2. If `enlarges` is set, which requires
  /// `Convolution.canEnlarge`, the source is enlarged to twice its size. `type` is the type of the
  /// output, by default that of the source.
  package func convolution(
    _ source: Value, weights: Parameter, bias: Parameter, stride: Int = 1,
    enlarges: Bool = false, adding added: Value? = nil, type: ElementType? = nil
  ) -> Value {
    let scale = enlarges ? 2 : 1
    let shape = Shape(
      batch: source.shape.batch, height: (scale * source.shape.height - 1) / stride + 1,
      width: (scale * source.shape.width - 1) / stride + 1, channels: weights.shape[0])
    let output = value(shape, type ?? source.type)
    append(
      Convolution(
        source: source, weights: weights, bias: bias, stride: stride, enlarges: enlarges,
        added: added, output: output))
    return output
  }

  /// Adds the result of a convolution to `output` in place.
  package func accumulateConvolution(
    _ source: Value, weights: Parameter, bias: Parameter, into output: Value
  ) {
    append(
      Convolution(
        source: source, weights: weights, bias: bias, accumulates: true, output: output))
  }

  /// Returns y = W·x + b for every row of `source` [N, 1, 1, in]. `weights` is [out, in].
  package func linear(
    _ source: Value, weights: Parameter, bias: Parameter, adding added: Value? = nil
  ) -> Value {
    convolution(
      source, weights: weights.reshaped(weights.shape + [1, 1]), bias: bias, adding: added)
  }
}
