import CKernels

/// Winograd's algorithm F(2×2, 3×3): 16 products of transformed tiles with transformed weights
/// instead of 36 multiplications per tile (Lavin and Gray 2015, "Fast Algorithms for Convolutional
/// Neural Networks").
///
/// If products limit a convolution, this takes half of its time. AMX multiplies bf16 so fast that
/// the transforms would cost more than they save. The error is twice that of a direct convolution
/// in f32 and in bf16 (docs/numerics.md).
extension Convolution {
  /// With fewer tiles, reading 16/9 of the weights costs more than it saves.
  private static let fewestTiles = 64
  private static let fewestChannels = 32
  /// The size of one thread's tiles before and after the products, in bytes. This much stays in a
  /// core's second-level cache.
  private static let chunkBytes = 3 << 19

  /// The number of products per tile. For an enlarged image, seven of sixteen would be zero.
  var positions: Int { enlarges ? 9 : 16 }

  private var tiles: Int { output.shape.batch * output.shape.pixels / 4 }

  var usesWinograd: Bool {
    weights.shape[2] == 3 && stride == 1 && padding == .around && source.type == output.type
      && Self.suitsWinograd(
        result: output.shape, inChannels: source.shape.channels, type: source.type)
  }

  /// Returns whether a 3×3 convolution with padding 1 and stride 1 uses this algorithm.
  private static func suitsWinograd(result: Shape, inChannels: Int, type: ElementType) -> Bool {
    let fits =
      result.height % 2 == 0 && result.width % 2 == 0 && inChannels % 16 == 0
      && result.channels % 16 == 0
    let multipliesFaster = type == .bf16 && Processor.hasAMX
    return fits && !multipliesFaster && result.batch * result.pixels / 4 >= fewestTiles
      && min(inChannels, result.channels) >= fewestChannels
  }

  /// Returns whether this convolution, which reads an enlarged `small`, can enlarge it while reading,
  /// which is faster than enlarging it first.
  func canEnlarge(_ small: Value) -> Bool {
    weights.shape[2] == 3 && stride == 1 && padding == .around && small.type == output.type
      && Self.suitsWinograd(
        result: output.shape, inChannels: small.shape.channels, type: small.type)
  }

  /// The number of tiles that one thread processes at once: a multiple of 16, independent of the
  /// number of threads.
  private var tilesAtOnce: Int {
    let bytesPerTile =
      positions * (source.shape.channels * source.type.byteCount + output.shape.channels * 4)
    return min(max(Self.chunkBytes / bytesPerTile / 16 * 16, 32), 128, tiles)
  }

  func compileWinograd(_ context: CompileContext) throws -> () throws -> Void {
    let (count, tiles) = (tilesAtOnce, tiles)
    let (inner, columns) = (source.shape.channels, output.shape.channels)
    let products = try context.forEachThread {
      try PackedProduct(
        rows: count, columns: columns, inner: inner, pitch: inner, transposed: true,
        type: source.type, packedFrom: .f32, label: summary)
    }
    let packedBytes = aligned(products[0].packedBytes)
    let packed = try packTransformed(products[0], packedBytes, context)
    let bias = try context.floats(bias)

    // Matrices at a distance of a power of two would compete for the same few cache lines.
    let inputStride = count * inner + 64
    let outputStride = count * columns + 64
    var layout = ScratchLayout()
    let inputPlace = layout.take(positions * inputStride * source.type.byteCount)
    let outputPlace = layout.take(positions * outputStride * 4)
    let productPlace = layout.take(products[0].scratchBytes)
    let threadBytes = layout.byteCount
    context.reserveScratch(context.threads * threadBytes)

    let (from, to) = (context.pointer(source), context.pointer(output))
    let added = accumulates ? to : added.map(context.pointer)
    let (height, width) = (Int64(output.shape.height), Int64(output.shape.width))
    let (positions, enlarges) = (positions, Int32(enlarges ? 1 : 0))
    let (type, element) = (source.type.kernelElement, source.type.byteCount)
    let failure = FirstFailure()
    return {
      parallel((tiles + count - 1) / count) { chunk in
        let thread = Int(dmpi_thread_index())
        let memory = context.scratch + thread * threadBytes
        let (input, output) = (memory + inputPlace, memory + outputPlace)
        let first = chunk * count
        let here = Int64(min(count, tiles - first))
        dmpi_winograd_input(
          input, Int64(inputStride), from, type, enlarges, height, width, Int64(inner),
          Int64(first), here)
        for position in 0..<positions {
          failure.record(
            products[thread].run(
              input + position * inputStride * element, packed + position * packedBytes,
              output + position * outputStride * 4, memory + productPlace))
        }
        dmpi_winograd_output(
          to, type, enlarges, output.assumingMemoryBound(to: Float.self), Int64(outputStride), bias,
          added, height, width, Int64(columns), Int64(first), here)
      }
      try products[0].check(failure.status)
    }
  }

  /// Returns the transformed weights, one packed matrix after the other.
  private func packTransformed(
    _ product: PackedProduct, _ packedBytes: Int, _ context: CompileContext
  ) throws -> UnsafeRawPointer {
    let pairs = weights.shape[0] * weights.shape[1]
    let name = "\(weights.name) by Winograd \(product.packedLayout)"
    return try context.constant(name, byteCount: positions * packedBytes) { packed in
      let plain = try weights.load().elements
      let transformed = [Float](unsafeUninitializedCapacity: positions * pairs) {
        dmpi_winograd_weights($0.baseAddress, enlarges ? 1 : 0, plain, Int64(pairs))
        $1 = positions * pairs
      }
      try transformed.withUnsafeBufferPointer { matrices in
        for position in 0..<positions {
          try product.check(
            product.pack(
              matrices.baseAddress! + position * pairs, into: packed + position * packedBytes))
        }
      }
    }
  }
}
