import Compute
import Diffusion

/// Where a described network is written to and read from.
package struct NetworkPorts {
  package let inputs: NetworkInputs
  /// The network's one result for a sampler, f32.
  package let result: Value
}

/// The values that a caller writes before each run.
package struct NetworkInputs {
  /// [N, C, H, W] as planes, f32; the shape is given as the pixels'.
  package let images: Value
  /// [N], f32: original timesteps, perhaps rescaled.
  package let timesteps: Value
  /// [N], whole numbers held as f32; `nil` where the network takes no label.
  package let labels: Value?
  /// The labels that it takes.
  package let classes: ClassLabels?

  init(_ graph: Graph, batch: Int, imageSize: Int, channels: Int, classes: ClassLabels?) {
    images = graph.input(
      Shape(batch: batch, height: imageSize, width: imageSize, channels: channels))
    timesteps = graph.input(Shape(batch: batch, channels: 1))
    labels = classes.map { _ in graph.input(Shape(batch: batch, channels: 1)) }
    self.classes = classes
  }
}

/// The classes that a network can be told.
package struct ClassLabels: Sendable, Equatable {
  package let count: Int
  /// The class that stands for "no class", where there is one.
  package let null: Int?

  package init(count: Int, null: Int? = nil) {
    self.count = count
    self.null = null
  }

  /// The number that the network is given for a label.
  package func number(of label: Label) throws(LabelError) -> Int {
    switch label {
    case .none: throw .missing
    case .null:
      guard let null else { throw .noNullClass }
      return null
    case .of(let number):
      guard (0..<count).contains(number) else { throw .unknownClass(number, count: count) }
      return number
    }
  }
}
