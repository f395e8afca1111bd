import Compute
import Testing

@Suite struct AttentionTests {
  @Test("attention equals the plain loops", arguments: forward)
  func checkForward(_ operation: OperationCase) throws { try operation.check() }

  @Test("attention's gradient equals the plain loops", arguments: gradients)
  func checkGradients(_ operation: OperationCase) throws { try operation.check() }

  static let all: [OperationCase] = forward + gradients

  /// Tokens around the tile of 64 queries, with batch, heads and channels a head.
  private static let sizes: [Size] = [
    (3, (1, 1), 1, 8),
    (3, (1, 5), 5, 16), (1, (8, 8), 3, 32), (2, (5, 13), 2, 8), (1, (10, 10), 1, 80),
    (1, (16, 16), 1, 16), (1, (15, 20), 1, 8), (3, (4, 4), 2, 64),
  ]

  static let forward: [OperationCase] = cases("attention") { experiment, size, order, type in
    let channels = size.heads * size.width
    let qkv = experiment.input(
      height: size.tokens.0, width: size.tokens.1, channels: 3 * channels, type)
    let output = experiment.graph.attention(qkv, order.layout(size.heads, channels))
    return .init(output: output) {
      Reference.attention(experiment.reference(qkv), heads: size.heads, order: order)
    }
  }

  static let gradients: [OperationCase] = cases("attention gradient") {
    experiment, size, order, type in
    let channels = size.heads * size.width
    let qkv = experiment.input(
      height: size.tokens.0, width: size.tokens.1, channels: 3 * channels, type)
    let gradient = experiment.input(
      height: size.tokens.0, width: size.tokens.1, channels: channels, type)
    let output = experiment.graph.attentionBackward(
      gradient, qkv: qkv, order.layout(size.heads, channels))
    return .init(output: output) {
      Reference.attentionBackward(
        experiment.reference(gradient), qkv: experiment.reference(qkv), heads: size.heads,
        order: order)
    }
  }

  private typealias Size = (batch: Int, tokens: (Int, Int), heads: Int, width: Int)

  private static func cases(
    _ name: String,
    build:
      @escaping @Sendable (Experiment, Size, Reference.HeadOrder, ElementType) throws ->
      OperationCase.Built
  ) -> [OperationCase] {
    sizes.flatMap { size in
      Reference.HeadOrder.allCases.flatMap { order in
        Machine.productTypes.map { type in
          let (height, width) = size.tokens
          return OperationCase(
            "\(order) \(name) \(height * width) tokens, \(size.heads) heads of \(size.width)",
            // bf16 rounds twice: the probabilities, then the result.
            type, batch: size.batch, tolerance: type == .bf16 ? 2 * 0x1p-8 : nil
          ) { try build($0, size, order, type) }
        }
      }
    }
  }
}

extension Reference.HeadOrder {
  func layout(_ heads: Int, _ channels: Int) -> HeadLayout {
    switch self {
    case .legacy: .legacy(heads: heads, channels: channels)
    case .new: .new(heads: heads, channels: channels)
    }
  }
}
