import Compute
import Testing

@Suite struct ConvolutionTests {
  @Test(arguments: sizes)
  func `a convolution equals the plain loops for every kernel, stride and size`(
    _ operation: OperationCase
  ) throws { try operation.check() }

  @Test(arguments: paddedAfter)
  func `a convolution padded below and on the right equals the plain loops`(
    _ operation: OperationCase
  ) throws { try operation.check() }

  @Test(arguments: unpadded)
  func `a convolution without padding equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: channels)
  func `a convolution equals the plain loops for odd channel counts`(_ operation: OperationCase)
    throws
  { try operation.check() }

  @Test(arguments: sums)
  func `a convolution adds the bias and the residual`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: linear)
  func `a linear layer equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: gradients)
  func `a convolution's input gradient equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: tiled)
  func `a convolution of many tiles equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: enlarged)
  func `a convolution of an enlarged image equals the plain loops`(_ operation: OperationCase)
    throws
  { try operation.check() }

  static let all: [OperationCase] =
    sizes + paddedAfter + unpadded + channels + sums + linear + gradients + tiled + enlarged

  static let sizes: [OperationCase] = Machine.productTypes.flatMap { type in
    [(1, 1), (1, 2), (3, 5), (8, 7), (17, 1)].flatMap { height, width in
      [(1, 1), (1, 2), (3, 1), (3, 2)].map { kernel, stride in
        convolution(height, width, 6, 31, kernel: kernel, stride: stride, type)
      }
    }
  }

  /// Zeros below and on the right only, as downsampling has in some networks.
  static let paddedAfter: [OperationCase] = Machine.productTypes.flatMap { type in
    [(2, 2, 3, 5), (8, 6, 32, 32), (32, 32, 64, 48)].map { height, width, from, to in
      OperationCase("padded after \(height)×\(width) \(from)→\(to)", type, batch: 2) { experiment in
        let x = experiment.input(height: height, width: width, channels: from, type)
        let weights = experiment.weight(to, from, 3, 3, type: type)
        let bias = experiment.weight(to)
        let output = experiment.graph.convolution(
          x, weights: weights.parameter, bias: bias.parameter, stride: 2, padding: .after)
        return .init(output: output) {
          Reference.convolution(
            experiment.reference(x), weights: weights.tensor, bias: bias.elements, stride: 2,
            padding: (0, 1))
        }
      }
    }
  }

  /// Patches become pixels if the stride is the kernel. Pixels that do not fill a patch are left out.
  static let unpadded: [OperationCase] = Machine.productTypes.flatMap { type in
    [
      (1, 1, 3, 5), (1, 1, 9, 7), (2, 2, 8, 6), (2, 2, 9, 7), (4, 4, 16, 12), (8, 8, 24, 16),
      (3, 1, 8, 12), (2, 1, 5, 4),
    ].map { kernel, stride, height, width in
      let name = "unpadded \(kernel)×\(kernel) stride \(stride) \(height)×\(width)"
      return OperationCase(name, type, batch: 2) { experiment in
        let x = experiment.input(height: height, width: width, channels: 4, type)
        let weights = experiment.weight(96, 4, kernel, kernel, type: type)
        let bias = experiment.weight(96)
        let output = experiment.graph.convolution(
          x, weights: weights.parameter, bias: bias.parameter, stride: stride, padding: .none)
        return .init(output: output) {
          Reference.convolution(
            experiment.reference(x), weights: weights.tensor, bias: bias.elements, stride: stride,
            padding: (0, 0))
        }
      }
    }
  }

  static let channels: [OperationCase] = Machine.productTypes.flatMap { type in
    [(1, 32), (3, 64), (6, 6), (31, 3), (64, 1), (96, 32), (64, 160)].flatMap { from, to in
      [1, 3].flatMap { kernel in
        [1, 3].map { convolution(5, 3, from, to, kernel: kernel, batch: $0, type) }
      }
    }
  }

  private static func convolution(
    _ height: Int, _ width: Int, _ from: Int, _ to: Int, kernel: Int, stride: Int = 1,
    batch: Int = 3, _ type: ElementType
  ) -> OperationCase {
    let name = "\(kernel)×\(kernel) stride \(stride) \(height)×\(width) \(from)→\(to)"
    return OperationCase(name, type, batch: batch) { experiment in
      let x = experiment.input(height: height, width: width, channels: from, type)
      let weights = experiment.weight(to, from, kernel, kernel, type: type)
      let bias = experiment.weight(to)
      let output = experiment.graph.convolution(
        x, weights: weights.parameter, bias: bias.parameter, stride: stride)
      return .init(output: output) {
        Reference.convolution(
          experiment.reference(x), weights: weights.tensor, bias: bias.elements, stride: stride)
      }
    }
  }

  /// The types of a convolution's source and output.
  private static let typePairs: [(ElementType, ElementType)] =
    Processor.canComputeBF16 ? [(.f32, .f32), (.bf16, .bf16), (.bf16, .f32)] : [(.f32, .f32)]

  static let sums: [OperationCase] = typePairs.flatMap { from, to in
    [added(from, to), accumulated(from, to)]
  }

  private static func added(_ from: ElementType, _ to: ElementType) -> OperationCase {
    OperationCase("adding, \(from)→\(to)", from) { experiment in
      let x = experiment.input(height: 5, width: 7, channels: 64, from)
      let residual = experiment.input(height: 5, width: 7, channels: 96, to)
      let weights = experiment.weight(96, 64, 3, 3, type: from)
      let bias = experiment.weight(96)
      let output = experiment.graph.convolution(
        x, weights: weights.parameter, bias: bias.parameter, adding: residual, type: to)
      return .init(output: output) {
        Reference.convolution(
          experiment.reference(x), weights: weights.tensor, bias: bias.elements)
          + experiment.reference(residual)
      }
    }
  }

  /// The skip connection of concatenated sources, as in `ResidualBlock`. bf16 rounds the sum three
  /// times.
  private static func accumulated(_ from: ElementType, _ to: ElementType) -> OperationCase {
    let tolerance = to == .bf16 ? 3 * 0x1p-8 : nil
    return OperationCase("accumulating, \(from)→\(to)", from, tolerance: tolerance) { experiment in
      let sources = [32, 96, 31].map {
        experiment.input(height: 7, width: 3, channels: $0, from)
      }
      let weights = sources.map { experiment.weight(64, $0.shape.channels, 1, 1, type: from) }
      let bias = experiment.weight(64)
      let output = experiment.graph.convolution(
        sources[0], weights: weights[0].parameter, bias: bias.parameter, type: to)
      for (source, weight) in zip(sources, weights).dropFirst() {
        experiment.graph.accumulateConvolution(
          source, weights: weight.parameter, bias: bias.parameter, into: output)
      }
      return .init(output: output) {
        let terms = zip(sources, weights).map {
          Reference.convolution(
            experiment.reference($0), weights: $1.tensor, bias: bias.elements)
        }
        return terms[0] + terms[1] + terms[2]
      }
    }
  }

  static let linear: [OperationCase] = [(1, 1, 1), (2, 31, 5), (4, 128, 100), (3, 100, 1000)]
    .flatMap {
      (batch, from, to) in
      [false, true].map { adds in
        OperationCase("linear \(from)→\(to)\(adds ? " adding" : "")", batch: batch) { experiment in
          let x = experiment.input(channels: from)
          let residual = experiment.input(channels: to)
          let (weights, bias) = (experiment.weight(to, from), experiment.weight(to))
          let output = experiment.graph.linear(
            x, weights: weights.parameter, bias: bias.parameter, adding: adds ? residual : nil)
          return .init(output: output) {
            let y = Reference.linear(
              experiment.reference(x), weights: weights.tensor, bias: bias.elements)
            return adds ? y + experiment.reference(residual) : y
          }
        }
      }
    }

  static let gradients: [OperationCase] = Machine.productTypes.flatMap { type in
    [(1, 1, 1), (3, 1, 1), (3, 5, 8), (3, 8, 8), (1, 7, 3)].flatMap { kernel, height, width in
      [1, 2].flatMap { stride in
        [false, true].map { adds in
          gradient(height, width, kernel: kernel, stride: stride, adds: adds, type)
        }
      }
    }
  }

  private static func gradient(
    _ height: Int, _ width: Int, kernel: Int, stride: Int, adds: Bool, _ type: ElementType
  ) -> OperationCase {
    let name =
      "gradient \(kernel)×\(kernel) stride \(stride) \(height)×\(width)\(adds ? " adding" : "")"
    return OperationCase(name, type) { experiment in
      let dy = experiment.input(
        height: (height - 1) / stride + 1, width: (width - 1) / stride + 1, channels: 31, type)
      let residual = experiment.input(height: height, width: width, channels: 32, type)
      let weights = experiment.weight(31, 32, kernel, kernel, type: type)
      let output = experiment.graph.convolutionBackward(
        dy, weights: weights.parameter, inputShape: residual.shape, stride: stride,
        adding: adds ? residual : nil)
      return .init(output: output) {
        let dx = Reference.convolutionBackward(
          experiment.reference(dy), weights: weights.tensor, inputShape: residual.shape,
          stride: stride)
        return adds ? dx + experiment.reference(residual) : dx
      }
    }
  }

  /// Large enough for Winograd's algorithm, which rounds bf16 two more times.
  static let tiled: [OperationCase] = Machine.productTypes.flatMap { type in
    [(2, 44, 32, 32), (12, 8, 48, 80), (16, 16, 128, 32), (8, 8, 64, 768), (4, 20, 304, 112)]
      .flatMap { shape in Addition.allCases.map { tiled(shape, $0, type) } }
  }

  private enum Addition: CaseIterable { case nothing, another, itself }

  private static func tiled(
    _ shape: (height: Int, width: Int, from: Int, to: Int), _ addition: Addition,
    _ type: ElementType
  ) -> OperationCase {
    let name = "\(shape.height)×\(shape.width) \(shape.from)→\(shape.to) adding \(addition)"
    let tolerance = type == .bf16 ? 3 * 0x1p-8 : nil
    return OperationCase(name, type, batch: 6, tolerance: tolerance) { experiment in
      let (graph, height, width) = (experiment.graph, shape.height, shape.width)
      let x = experiment.input(height: height, width: width, channels: shape.from, type)
      let residual = experiment.input(height: height, width: width, channels: shape.to, type)
      let weights = experiment.weight(shape.to, shape.from, 3, 3, type: type)
      let bias = experiment.weight(shape.to)
      let output = graph.convolution(
        x, weights: weights.parameter, bias: bias.parameter,
        adding: addition == .another ? residual : nil)
      if addition == .itself {
        graph.accumulateConvolution(
          x, weights: weights.parameter, bias: bias.parameter, into: output)
      }
      return .init(output: output) {
        let once = Reference.convolution(
          experiment.reference(x), weights: weights.tensor, bias: bias.elements)
        return switch addition {
        case .nothing: once
        case .another: once + experiment.reference(residual)
        case .itself: once + once
        }
      }
    }
  }

  /// Convolutions that enlarge the source while reading it, if that is faster on this processor.
  static let enlarged: [OperationCase] = Machine.productTypes.flatMap { type in
    [(1, 22, 32, 32), (6, 4, 48, 80), (8, 8, 128, 32), (3, 5, 64, 768), (3, 5, 33, 7)].map {
      height, width, from, to in
      let name = "enlarged \(height)×\(width) \(from)→\(to)"
      let tolerance = type == .bf16 ? 3 * 0x1p-8 : nil
      return OperationCase(name, type, batch: 6, tolerance: tolerance) { experiment in
        let x = experiment.input(height: height, width: width, channels: from, type)
        let weights = experiment.weight(to, from, 3, 3, type: type)
        let bias = experiment.weight(to)
        let output = experiment.graph.convolution(
          experiment.graph.upsampled(x), weights: weights.parameter, bias: bias.parameter)
        return .init(output: output) {
          Reference.convolution(
            Reference.upsampled(experiment.reference(x)), weights: weights.tensor,
            bias: bias.elements)
        }
      }
    }
  }
}
