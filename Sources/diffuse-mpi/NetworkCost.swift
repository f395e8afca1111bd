import Compute
import Model
import Worker

/// What the networks of a recipe cost, from their description alone.
struct NetworkCost {
  /// Floating-point operations of one step for one image.
  private(set) var flopsAnImage = 0.0
  /// oneDNN's scratch memory comes on top.
  private(set) var activationBytes = 0
  /// Packed weights of the UNet, and of the classifier with its gradient.
  private(set) var unetWeights = 0
  private(set) var classifierWeights = 0
  /// Of one copy of all networks.
  var weights: Int { unetWeights + classifierWeights }

  init(_ recipe: SamplingRecipe) {
    let unet = Self.graph { reader, graph in
      _ = UNet(reader, recipe.unet.configuration)
        .describe(in: graph, batch: recipe.batchSize, type: recipe.precision)
    }
    unetWeights = unet.constantBytes
    add(unet, batchSize: recipe.batchSize)
    guard let configuration = recipe.classifier?.configuration else { return }
    let classifier = Self.graph { reader, graph in
      _ = NoisyClassifier(reader, configuration)
        .describe(in: graph, batch: recipe.batchSize, type: recipe.precision)
    }
    classifierWeights = classifier.constantBytes
    add(classifier, batchSize: recipe.batchSize)
  }

  private static func graph(_ describe: (ParameterReader, Graph) -> Void) -> Graph {
    let graph = Graph()
    describe(ParameterReader(shapesOnly: ()), graph)
    return graph
  }

  private mutating func add(_ graph: Graph, batchSize: Int) {
    flopsAnImage += graph.flops / Double(batchSize)
    activationBytes += MemoryPlan(graph).byteCount
  }
}
