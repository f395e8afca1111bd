import Compute
import Model
import Recipe

/// What the networks of a recipe cost, from their description alone.
struct NetworkCost {
  /// Floating-point operations of one step for one image.
  private(set) var flopsAnImage = 0.0
  /// oneDNN's scratch memory comes on top.
  private(set) var activationBytes = 0
  /// Packed weights of each network: one copy, a classifier's with its gradient.
  private(set) var weightBytes: [NetworkRole: Int] = [:]
  /// Of one copy of all networks.
  var weights: Int { weightBytes.values.reduce(0, +) }

  init(_ recipe: SamplingRecipe) {
    for (role, source) in recipe.networks {
      let stage = recipe[role]
      let graph = source.architecture.graph(batch: stage.batchSize, type: stage.precision)
      flopsAnImage += graph.flops / Double(stage.batchSize)
      activationBytes += MemoryPlan(graph).byteCount
      weightBytes[role] = graph.constantBytes
    }
  }
}
