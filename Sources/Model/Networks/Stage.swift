import Compute

/// The output of one block of a network, and the way back through it.
struct Stage {
  let output: Value
  /// Appends the operations that turn ∂/∂output into ∂/∂input.
  let backward: (Value) -> Value
}

/// The input that every block of a network needs, besides its sources.
struct BlockContext {
  let graph: Graph
  /// The projections of the embedding for all residual blocks, with one row per image, or `nil` if
  /// the network has no embedding.
  let embedding: Value?
  /// The context of transformers, which is one row per image, or `nil` if the network has none.
  var classes: Value?
}

/// A block in the reference's `TimestepEmbedSequential`.
protocol Block {
  /// `sources` are side by side on channels: a skip connection makes two.
  func forward(_ sources: [Value], _ context: BlockContext) -> Stage
}

extension Block {
  /// Returns the only source. The blocks of a classifier have no skip connections.
  func single(_ sources: [Value]) -> Value {
    precondition(sources.count == 1, "\(Self.self) takes one source")
    return sources[0]
  }
}

/// Consecutive blocks, under the name that they have in the reference's module list.
struct BlockSequence: Block {
  let name: String
  let blocks: [any Block]

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    var sources = sources
    let stages = blocks.enumerated().map { index, block in
      let stage = block.forward(sources, context)
      context.graph.probe("\(name).\(index)", stage.output)
      sources = [stage.output]
      return stage
    }
    context.graph.probe(name, sources[0])
    return Stage(output: sources[0]) { gradient in
      stages.reversed().reduce(gradient) { $1.backward($0) }
    }
  }
}
