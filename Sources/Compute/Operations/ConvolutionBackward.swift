/// Inserts zeros between pixels. A convolution of the result with the rotated weights is then the
/// input gradient of a convolution with stride 2.
struct Dilation: Operation {
  let source: Value
  let output: Value

  var summary: String { "dilate" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

extension Graph {
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
