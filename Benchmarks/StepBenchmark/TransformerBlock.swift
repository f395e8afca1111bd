import Compute

/// One block of a published transformer with random weights, described as the network does.
enum TransformerBlock: String, CaseIterable {
  /// A block of DiT-XL/2 at 256×256: 256 tokens.
  case ditXL2 = "dit-xl-2"
  /// The spatial transformers of cin256-v2 at each of its resolutions: 1024, 256 and 64 tokens.
  case cin256v2At32 = "cin256-v2-32"
  case cin256v2At16 = "cin256-v2-16"
  case cin256v2At8 = "cin256-v2-8"

  /// Describes the block for a batch of images. Returns its result.
  func describe(in graph: Graph, batch: Int, type: ElementType) -> Value {
    switch self {
    case .ditXL2: Self.dit(graph, batch, type)
    case .cin256v2At32: Self.spatial(graph, batch, type, side: 32, channels: 384)
    case .cin256v2At16: Self.spatial(graph, batch, type, side: 16, channels: 576)
    case .cin256v2At8: Self.spatial(graph, batch, type, side: 8, channels: 960)
    }
  }

  private static func dit(_ graph: Graph, _ batch: Int, _ type: ElementType) -> Value {
    let channels = 1152
    let rows = graph.input(Shape(batch: batch, channels: 6 * channels))
    let x = graph.input(Shape(batch: batch, height: 16, width: 16, channels: channels), type)
    func norm(_ source: Value, _ offset: Int) -> Value {
      graph.layerNorm(
        source, epsilon: 1e-6, modulation: .shiftScale(rows: rows, offset: offset))
    }
    let qkv = linear(graph, norm(x, 0), 3 * channels)
    let attended = graph.attention(qkv, .new(heads: 16, channels: channels))
    let y = graph.gatedSum(
      x, linear(graph, attended, channels), rows: rows, offset: 2 * channels)
    let hidden = graph.gelu(linear(graph, norm(y, 3 * channels), 4 * channels), .tanh)
    return graph.gatedSum(
      y, linear(graph, hidden, channels), rows: rows, offset: 5 * channels)
  }

  private static func spatial(
    _ graph: Graph, _ batch: Int, _ type: ElementType, side: Int, channels: Int
  ) -> Value {
    func norm(_ source: Value) -> Value {
      graph.layerNorm(
        source, scale: weight("scale", channels), shift: weight("shift", channels), epsilon: 1e-5)
    }
    let source = graph.input(
      Shape(batch: batch, height: side, width: side, channels: channels), type)
    let context = graph.input(Shape(batch: batch, channels: channels))
    let first = graph.groupNorm(
      [source], scale: weight("scale", channels), shift: weight("shift", channels), epsilon: 1e-6,
      activates: false)
    var x = linear(graph, first.output, channels)
    let qkv = linear(graph, norm(x), 3 * channels)
    let attended = graph.attention(qkv, .new(heads: channels / 32, channels: channels))
    x = linear(graph, attended, channels, adding: x)
    x = graph.addRows(x, context)
    let hidden = graph.geglu(linear(graph, norm(x), 8 * channels))
    x = linear(graph, hidden, channels, adding: x)
    return linear(graph, x, channels, adding: source)
  }

  private static func linear(
    _ graph: Graph, _ source: Value, _ channels: Int, adding added: Value? = nil
  ) -> Value {
    graph.convolution(
      source, weights: weight("weight", channels, source.shape.channels, 1, 1),
      bias: weight("bias", channels), adding: added)
  }

  private static func weight(_ name: String, _ shape: Int...) -> Parameter {
    let deviation = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
    return Parameter(name: name, shape: shape) {
      // A block of random numbers is repeated, because it takes long to draw all.
      let block = (0..<4093).map { _ in Float.random(in: -deviation...deviation) }
      let elements = (0..<shape.reduce(1, *)).map { block[$0 % block.count] }
      return Tensor(shape: shape, elements: elements)
    }
  }
}
