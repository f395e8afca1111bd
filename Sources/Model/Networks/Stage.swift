import Compute

/// What one block of a network put out, and how to go back through it.
struct Stage {
  let output: Value
  /// Appends the operations that turn ∂/∂output into ∂/∂input.
  let backward: (Value) -> Value
}

/// What every block of a network needs besides its input.
struct BlockContext {
  let graph: Graph
  /// Projections of the embedding for all residual blocks, one row an image.
  let embedding: Value
}

/// A block as the reference's `TimestepEmbedSequential` lists them.
protocol Block {
  /// `sources` are side by side on channels: a skip connection makes two.
  func forward(_ sources: [Value], _ context: BlockContext) -> Stage
}

extension Block {
  /// The blocks that take part in a classifier have no skip connection into them.
  func single(_ sources: [Value]) -> Value {
    precondition(sources.count == 1, "\(Self.self) takes one source")
    return sources[0]
  }
}

/// Blocks one after the other, under the name the reference's module list gives them.
struct BlockSequence: Block {
  let name: String
  let blocks: [any Block]

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    var sources = sources
    let stages = blocks.enumerated().map { index, block in
      let stage = block.forward(sources, context)
      context.graph.landmark("\(name).\(index)", stage.output)
      sources = [stage.output]
      return stage
    }
    context.graph.landmark(name, sources[0])
    return Stage(output: sources[0]) { gradient in
      stages.reversed().reduce(gradient) { $1.backward($0) }
    }
  }
}
