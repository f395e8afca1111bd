/// A 2-D convolution with bias. A 1×1 convolution on a single row of pixels is a matrix product.
///
/// source [N, H, W, in] → output [N, H/stride, W/stride, out] if it is padded. The output is twice as
/// high and wide if it `enlarges`.
package struct Convolution: Operation {
  var source: Value
  /// [out, in, kernel, kernel]
  let weights: Parameter
  /// [out]
  let bias: Parameter
  var stride = 1
  var padding = Padding.around
  /// Whether the source is first enlarged to twice its size by nearest neighbour. The CPU sets this
  /// for Winograd's algorithm; a network describes the enlargement as an operation of its own.
  var enlarges = false
  /// A value to add to the result, with the output's shape and type.
  var added: Value?
  /// Whether the result is added to the existing output.
  var accumulates = false
  let output: Value

  /// The place of the zeros that surround the source.
  package enum Padding: Sendable {
    /// (kernel−1)/2 on all sides.
    case around
    /// kernel−2 below and on the right, for a stride of 2.
    case after
    /// No zeros. With a stride as wide as the kernel, each patch becomes a pixel.
    case none

    func before(kernel: Int) -> Int { self == .around ? (kernel - 1) / 2 : 0 }

    func after(kernel: Int) -> Int {
      switch self {
      case .around: (kernel - 1) / 2
      case .after: kernel - 2
      case .none: 0
      }
    }

    /// Returns the number of results in a row of `size` pixels.
    func results(size: Int, kernel: Int, stride: Int) -> Int {
      self == .none ? (size - kernel) / stride + 1 : (size - 1) / stride + 1
    }
  }

  package var summary: String {
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
}

extension Graph {
  /// Returns a convolution. `type` is the type of the output, by default that of the source.
  ///
  /// - Precondition: with padding after the source, the stride is 2, and the height and width are
  ///   even. Without padding, the source is at least as large as the kernel.
  package func convolution(
    _ source: Value, weights: Parameter, bias: Parameter, stride: Int = 1,
    padding: Convolution.Padding = .around, adding added: Value? = nil, type: ElementType? = nil
  ) -> Value {
    let (height, width, kernel) = (source.shape.height, source.shape.width, weights.shape[2])
    switch padding {
    case .around: break
    case .after: precondition(stride == 2 && height % 2 == 0 && width % 2 == 0)
    case .none: precondition(min(height, width) >= kernel)
    }
    let shape = Shape(
      batch: source.shape.batch,
      height: padding.results(size: height, kernel: kernel, stride: stride),
      width: padding.results(size: width, kernel: kernel, stride: stride),
      channels: weights.shape[0])
    let output = value(shape, type ?? source.type)
    append(
      Convolution(
        source: source, weights: weights, bias: bias, stride: stride, padding: padding,
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
