import Compute

extension Reference {
  /// y[o] = bias[o] + Σ weights[o, i, tap]·x[i] over the pixels that a kernel covers. The shape of
  /// the weights is [out, in, kernel, kernel]. `padding` is that above and on the left, and that below
  /// and on the right. By default, both are (kernel−1)/2.
  static func convolution(
    _ x: ReferenceTensor, weights: Tensor, bias: [Float], stride: Int = 1,
    padding: (before: Int, after: Int)? = nil
  ) -> ReferenceTensor {
    let (outChannels, inChannels, kernel) = (weights.shape[0], weights.shape[1], weights.shape[2])
    let padding = padding ?? ((kernel - 1) / 2, (kernel - 1) / 2)
    func results(_ size: Int) -> Int {
      (size + padding.before + padding.after - kernel) / stride + 1
    }
    let shape = Shape(
      batch: x.shape.batch, height: results(x.shape.height), width: results(x.shape.width),
      channels: outChannels)
    var y = ReferenceTensor.filled(shape) { _, _, _, o in Double(bias[o]) }
    forEachTap(x.shape, shape, kernel: kernel, stride: stride, padding.before) { from, to, tap in
      for o in 0..<outChannels {
        var sum = 0.0
        for i in 0..<inChannels {
          let weight = weights.elements[(o * inChannels + i) * kernel * kernel + tap]
          sum += Double(weight) * x.elements[from * inChannels + i]
        }
        y.elements[to * outChannels + o] += sum
      }
    }
    return y
  }

  /// dx[i] = Σ weights[o, i, tap]·dy[o]. Each output pixel contributes to the input pixels that its
  /// taps read.
  static func convolutionBackward(
    _ dy: ReferenceTensor, weights: Tensor, inputShape: Shape, stride: Int = 1
  ) -> ReferenceTensor {
    let (outChannels, inChannels, kernel) = (weights.shape[0], weights.shape[1], weights.shape[2])
    var dx = ReferenceTensor(zeros: inputShape)
    forEachTap(inputShape, dy.shape, kernel: kernel, stride: stride) { from, to, tap in
      for i in 0..<inChannels {
        var sum = 0.0
        for o in 0..<outChannels {
          let weight = weights.elements[(o * inChannels + i) * kernel * kernel + tap]
          sum += Double(weight) * dy.elements[to * outChannels + o]
        }
        dx.elements[from * inChannels + i] += sum
      }
    }
    return dx
  }

  /// y = W·x + b. The shape of the weights is [out, in].
  static func linear(
    _ x: ReferenceTensor, weights: Tensor, bias: [Float]
  ) -> ReferenceTensor {
    let (outChannels, inChannels) = (weights.shape[0], weights.shape[1])
    let shape = Shape(batch: x.shape.batch, channels: outChannels)
    return .filled(shape) { image, _, _, o in
      (0..<inChannels).reduce(Double(bias[o])) { sum, i in
        sum + Double(weights.elements[o * inChannels + i]) * x.elements[image * inChannels + i]
      }
    }
  }

  /// Calls `body` for every input pixel `from` and output pixel `to` that a tap connects.
  private static func forEachTap(
    _ input: Shape, _ output: Shape, kernel: Int, stride: Int, _ padding: Int? = nil,
    _ body: (_ from: Int, _ to: Int, _ tap: Int) -> Void
  ) {
    let padding = padding ?? (kernel - 1) / 2
    for to in 0..<output.batch * output.pixels {
      let (image, row, column) = (
        to / output.pixels, to / output.width % output.height, to % output.width
      )
      for tap in 0..<kernel * kernel {
        let y = stride * row + tap / kernel - padding
        let x = stride * column + tap % kernel - padding
        guard (0..<input.height).contains(y), (0..<input.width).contains(x) else { continue }
        body((image * input.height + y) * input.width + x, to, tap)
      }
    }
  }
}
