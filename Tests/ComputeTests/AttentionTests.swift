import Compute
import Testing

@Suite struct AttentionTests {
  @Test(arguments: forward)
  func `attention equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: gradients)
  func `attention's gradient equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: separate)
  func `attention to other tokens equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: widths)
  func `attention equals the plain loops for the widths of transformers and first stages`(
    _ operation: OperationCase
  ) throws { try operation.check() }

  static let all: [OperationCase] = forward + gradients + separate + widths

  /// Those of SiT and DiT (64, 72), of latent diffusion (24, 32, 48, 96) and single heads.
  static let widths: [OperationCase] = cases(
    "attention",
    [
      (2, (8, 8), 3, 24), (1, (16, 16), 1, 24), (2, (5, 5), 2, 48), (2, (8, 8), 2, 72),
      (1, (16, 16), 1, 72), (1, (3, 7), 2, 72), (1, (8, 8), 1, 96), (1, (4, 4), 1, 384),
      (1, (8, 8), 1, 512), (1, (3, 5), 1, 576), (1, (4, 4), 1, 960), (1, (2, 2), 1, 1024),
    ], build: selfAttention)

  /// A first stage attends to every pixel of its latents.
  @Test(arguments: Machine.productTypes, [(1, 32), (2, 72), (1, 512)])
  func `attention to 4096 tokens equals the plain loops`(
    _ type: ElementType, _ size: (heads: Int, width: Int)
  ) throws {
    let experiment = Experiment(batch: 1)
    let channels = size.heads * size.width
    let qkv = experiment.input(height: 64, width: 64, channels: 3 * channels, type)
    let output = experiment.graph.attention(
      qkv, .new(heads: size.heads, channels: channels))
    let actual = try experiment.run(output)
    // The plain loops would take too long for all queries.
    let queries = [0, 1717, 4095]
    let expected = Reference.attention(
      experiment.reference(qkv), heads: size.heads, order: .new, queries: queries)
    let difference = relativeDifference(
      queries.flatMap { actual[$0 * channels..<($0 + 1) * channels] },
      queries.flatMap { expected.elements[$0 * channels..<($0 + 1) * channels] })
    #expect(difference <= (type == .bf16 ? 2 * 0x1p-8 : 1e-5))
  }

  /// Queries whose number of tokens differs from that of the keys and values.
  static let separate: [OperationCase] = [
    ((1, 1), 1, 1, 8), ((5, 3), 1, 2, 16), ((8, 8), 77, 4, 32), ((3, 7), 64, 1, 80),
    ((1, 5), 300, 5, 8), ((12, 12), 144, 2, 16),
  ].flatMap { (size: (Int, Int), keyCount: Int, heads: Int, width: Int) in
    Machine.productTypes.map { type in
      OperationCase(
        "attention \(size.0 * size.1)×\(keyCount) tokens, \(heads) heads of \(width)", type,
        batch: 2, tolerance: type == .bf16 ? 2 * 0x1p-8 : nil
      ) { experiment in
        let queries = experiment.input(
          height: size.0, width: size.1, channels: heads * width, type)
        let (keys, values) = (
          experiment.input(width: keyCount, channels: heads * width, type),
          experiment.input(width: keyCount, channels: heads * width, type)
        )
        let output = experiment.graph.attention(
          queries: queries, keys: keys, values: values, heads: heads)
        return .init(output: output) {
          Reference.attention(
            queries: experiment.reference(queries), keys: experiment.reference(keys),
            values: experiment.reference(values), heads: heads)
        }
      }
    }
  }

  /// Batch, height and width, heads, and channels per head. The numbers of tokens are around the
  /// tile size of 64 queries.
  private static let sizes: [Size] = [
    (3, (1, 1), 1, 8),
    (3, (1, 5), 5, 16), (1, (8, 8), 3, 32), (2, (5, 13), 2, 8), (1, (10, 10), 1, 80),
    (1, (16, 16), 1, 16), (1, (15, 20), 1, 8), (3, (4, 4), 2, 64),
  ]

  static let forward: [OperationCase] = cases("attention", sizes, build: selfAttention)

  private static func selfAttention(
    _ experiment: Experiment, _ size: Size, _ order: Reference.HeadOrder, _ type: ElementType
  ) -> OperationCase.Built {
    let channels = size.heads * size.width
    let qkv = experiment.input(
      height: size.tokens.0, width: size.tokens.1, channels: 3 * channels, type)
    let output = experiment.graph.attention(qkv, order.layout(size.heads, channels))
    return .init(output: output) {
      Reference.attention(experiment.reference(qkv), heads: size.heads, order: order)
    }
  }

  static let gradients: [OperationCase] = cases("attention gradient", sizes) {
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
    _ name: String, _ sizes: [Size],
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
            // bf16 rounds twice: the probabilities and the result.
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
