import Compute
import Diffusion

/// The inputs and the result of a described network.
package struct NetworkPorts {
  package let inputs: NetworkInputs
  /// The result of the network for a sampler, in f32.
  package let result: Value
}

/// The values that a caller writes before each run.
package struct NetworkInputs {
  /// [N, C, H, W] as planes, f32. The shape is that of the pixels.
  package let images: Value
  /// Whether the second half of the channels are those of an enlarged image.
  package let takesEnlarged: Bool
  /// [N], f32: original timesteps, rescaled if the checkpoint requires it; or `nil` if the network
  /// takes none.
  package let timesteps: Value?
  /// [N], integers stored as f32, or `nil` if the network takes no label.
  package let labels: Value?
  /// The labels that the network takes.
  package let classes: ClassLabels?

  init(
    _ graph: Graph, batch: Int, imageSize: Int, channels: Int, takesEnlarged: Bool = false,
    classes: ClassLabels?
  ) {
    self.takesEnlarged = takesEnlarged
    images = graph.input(
      Shape(batch: batch, height: imageSize, width: imageSize, channels: channels))
    timesteps = graph.input(Shape(batch: batch, channels: 1))
    labels = classes.map { _ in graph.input(Shape(batch: batch, channels: 1)) }
    self.classes = classes
  }

  /// The inputs of a network that takes images or latents only.
  init(_ graph: Graph, imagesOnly shape: Shape) {
    images = graph.input(shape)
    takesEnlarged = false
    timesteps = nil
    labels = nil
    classes = nil
  }
}

/// The classes that a network can be told.
package struct ClassLabels: Sendable, Equatable {
  package let count: Int
  /// The class that stands for "no class", if there is one.
  package let null: Int?

  package init(count: Int, null: Int? = nil) {
    self.count = count
    self.null = null
  }

  /// Returns the number that is passed to the network for a label.
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
