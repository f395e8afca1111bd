import Compute
import TestSupport
import Testing

/// Compares the gradients of the plain loops with central differences of the plain loops, in
/// Double.
@Suite struct FiniteDifferenceTests {
  @Test(arguments: [1, 3], [1, 2])
  func `a convolution's gradient is its slope`(kernel: Int, stride: Int) {
    let x = random(Shape(batch: 2, height: 5, width: 4, channels: 3), 1)
    let weights = tensor([5, 3, kernel, kernel], 2)
    expectSlope(at: x) {
      Reference.convolution(
        $0, weights: weights, bias: [Float](repeating: 0, count: 5), stride: stride)
    } gradient: {
      Reference.convolutionBackward($0, weights: weights, inputShape: x.shape, stride: stride)
    }
  }

  @Test(
    arguments: GroupNormTests.ModulationKind.allCases,
    [false, true])
  func `a group norm's gradient is its slope`(
    _ kind: GroupNormTests.ModulationKind, downsampled: Bool
  ) {
    let x = random(Shape(batch: 2, height: 4, width: 6, channels: 64), 1)
    let (scale, shift) = (tensor([64], 2).elements, tensor([64], 3).elements)
    let rows = random(Shape(batch: 2, channels: 131), 4)
    let modulation: Reference.Modulation =
      switch kind {
      case .none: .none
      case .scaleShift: .scaleShift(rows: rows, offset: 3)
      case .bias: .bias(rows: rows, offset: 3)
      }
    for activates in [false, true] {
      expectSlope(at: x) {
        Reference.groupNorm(
          [$0], scale: scale, shift: shift, modulation: modulation, activates: activates,
          resampling: downsampled ? .down : .none)
      } gradient: {
        Reference.groupNormBackward(
          $0, source: x, scale: scale, shift: shift, modulation: modulation,
          activates: activates, downsampled: downsampled)
      }
    }
  }

  @Test(arguments: Reference.HeadOrder.allCases, [1, 3])
  func `attention's gradient is its slope`(_ order: Reference.HeadOrder, heads: Int) {
    let qkv = random(Shape(batch: 2, height: 3, width: 5, channels: 3 * 4 * heads), 1)
    expectSlope(at: qkv) {
      Reference.attention($0, heads: heads, order: order)
    } gradient: {
      Reference.attentionBackward($0, qkv: qkv, heads: heads, order: order)
    }
  }

  @Test
  func `the gradients of pooling are its slopes`() {
    let x = random(Shape(batch: 2, height: 5, width: 4, channels: 3), 1)
    let positions = tensor([3, 21], 2)
    expectSlope(at: x, Reference.downsampled) {
      Reference.downsampledBackward($0, shape: x.shape)
    }
    expectSlope(at: x, Reference.pixelMean) {
      Reference.pixelMeanBackward($0, shape: x.shape)
    }
    expectSlope(at: x) {
      Reference.poolTokens($0, positions: positions)
    } gradient: {
      Reference.poolTokensBackward($0, shape: x.shape)
    }
    let tokens = random(Shape(batch: 2, width: 7, channels: 3), 3)
    expectSlope(at: tokens, Reference.firstToken) {
      Reference.firstTokenBackward($0, shape: tokens.shape)
    }
  }

  @Test
  func `the log-likelihood's gradient is its slope`() {
    let logits = random(Shape(batch: 3, channels: 10), 1)
    let labels = [9, 0, 4]
    expectSlope(at: logits) {
      ReferenceTensor(
        shape: Shape(batch: 1, channels: 1),
        elements: [Reference.logLikelihood($0, labels: labels)])
    } gradient: { dy in
      Reference.logLikelihoodGradient(logits, labels: labels).map { $0 * dy.elements[0] }
    }
  }

  /// Checks that dy·(f(x + h·v) − f(x − h·v))/2h equals gradient(dy)·v for random dy and v.
  private func expectSlope(
    at x: ReferenceTensor, _ function: (ReferenceTensor) -> ReferenceTensor,
    gradient: (ReferenceTensor) -> ReferenceTensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let h = 1e-5
    for seed in 100..<103 {
      let direction = random(x.shape, seed)
      let up = function(x.combined(with: direction) { $0 + h * $1 })
      let down = function(x.combined(with: direction) { $0 - h * $1 })
      let dy = random(up.shape, -seed)
      let slope = dot(dy, up.combined(with: down) { ($0 - $1) / (2 * h) })
      let expected = dot(gradient(dy), direction)
      #expect(
        abs(slope - expected) <= 1e-7 * max(1, abs(expected)), sourceLocation: sourceLocation)
    }
  }

  private func dot(_ a: ReferenceTensor, _ b: ReferenceTensor) -> Double {
    zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func random(_ shape: Shape, _ seed: Int) -> ReferenceTensor {
    var generator = SeededGenerator(seed)
    return ReferenceTensor(
      shape: shape, elements: generator.floats(shape.count).map(Double.init))
  }

  private func tensor(_ shape: [Int], _ seed: Int) -> Tensor {
    var generator = SeededGenerator(seed)
    return Tensor(shape: shape, elements: generator.floats(shape.reduce(1, *)))
  }
}
