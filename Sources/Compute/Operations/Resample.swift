import CKernels

/// A change of size by two without weights: nearest neighbour up, mean of 2×2 pixels down.
struct Resample: Operation {
  enum Direction { case up, down }

  let source: Value
  let direction: Direction
  /// The factor of the result of `up`. With ¼ it is the gradient of `down`.
  let scale: Float
  let output: Value

  var label: String { "resample \(direction)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
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

/// Inserts zeros between pixels. A convolution of the result with the rotated weights is then the
/// input gradient of a convolution with stride 2.
struct Dilation: Operation {
  let source: Value
  let output: Value

  var label: String { "dilate" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
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

extension Graph {
  package func upsampled(_ source: Value, scale: Float = 1) -> Value {
    var shape = source.shape
    (shape.height, shape.width) = (2 * shape.height, 2 * shape.width)
    let output = value(shape, source.type)
    append(Resample(source: source, direction: .up, scale: scale, output: output))
    return output
  }

  package func downsampled(_ source: Value) -> Value {
    var shape = source.shape
    (shape.height, shape.width) = (shape.height / 2, shape.width / 2)
    let output = value(shape, source.type)
    append(Resample(source: source, direction: .down, scale: 1, output: output))
    return output
  }

  /// Returns ∂/∂x of a convolution with stride 1 or 2, plus `added`. `weights` are those of the
  /// forward pass.
  package func convolutionBackward(
    _ gradient: Value, weights: Parameter, inputShape: Shape, stride: Int = 1,
    adding added: Value? = nil, type: ElementType? = nil
  ) -> Value {
    var gradient = gradient
    if stride == 2 {
      var shape = inputShape
      shape.channels = gradient.shape.channels
      let dilated = value(shape, gradient.type)
      append(Dilation(source: gradient, output: dilated))
      gradient = dilated
    }
    return convolution(
      gradient, weights: weights.transposedForGradient,
      bias: .zeros(name: "no bias", [weights.shape[1]]), adding: added, type: type)
  }
}
