import Compute
import Diffusion

/// UNet and classifier made ready to run on batches of one size: what a sampler calls.
///
/// It belongs to the thread that made it. Buffers it returns are valid until its next call.
package final class GuidedNetwork: DenoisingNetwork {
  package let batchSize: Int
  private let denoiser: PreparedNetwork
  private let classifier: PreparedNetwork?

  /// One of its networks.
  package enum Part: Sendable {
    case unet
    case classifier
  }

  /// Guidance is off when `classifier` is `nil` or `scale` is zero.
  ///
  /// - Parameter constants: where the packed weights of a part lie; called for one after the other,
  ///   as they are prepared.
  package init(
    unet: UNet, classifier: NoisyClassifier?, scale: Float, batchSize: Int,
    precision: ElementType, threads: Int,
    constants: (Part) -> any ConstantStore = { _ in PrivateConstants() }
  ) throws {
    self.batchSize = batchSize
    let graph = Graph()
    let inputs = unet.describe(in: graph, batch: batchSize, type: precision)
    denoiser = try PreparedNetwork(
      graph, inputs, result: "prediction", threads: threads, constants: constants(.unet))
    if let classifier, scale != 0 {
      let graph = Graph()
      let inputs = classifier.describe(
        in: graph, batch: batchSize, type: precision, scale: scale)
      self.classifier = try PreparedNetwork(
        graph, inputs, result: "gradient", threads: threads, constants: constants(.classifier))
    } else {
      self.classifier = nil
    }
  }

  /// Memory of activations and scratch, in bytes; weights come on top.
  package var workingBytes: Int {
    denoiser.plan.workingBytes + (classifier?.plan.workingBytes ?? 0)
  }

  /// The labels of the batch's images, for every call until the next change.
  package func setLabels(_ labels: [Int]) {
    precondition(labels.count == batchSize, "one label for each image of the batch")
    denoiser.setLabels(labels)
    classifier?.setLabels(labels)
  }

  package func output(
    at x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float> {
    try denoiser.run(x, timestep: timestep)
  }

  package func guidance(
    at x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float>? {
    try classifier?.run(x, timestep: timestep)
  }
}

/// A compiled network with the places of its inputs and of its one result.
private final class PreparedNetwork {
  let plan: Plan
  private let images: UnsafeMutableBufferPointer<Float>
  private let timesteps: UnsafeMutableBufferPointer<Float>
  private let labels: UnsafeMutableBufferPointer<Float>?
  private let result: UnsafeMutableBufferPointer<Float>

  init(
    _ graph: Graph, _ inputs: NetworkInputs, result: String, threads: Int,
    constants: any ConstantStore
  ) throws {
    plan = try Plan(graph, threads: threads, constants: constants)
    images = plan.floats(inputs.images)
    timesteps = plan.floats(inputs.timesteps)
    labels = inputs.labels.map(plan.floats)
    self.result = plan.floats(graph.outputs[result]!)
  }

  func setLabels(_ values: [Int]) {
    guard let labels else { return }
    for (index, value) in values.enumerated() { labels[index] = Float(value) }
  }

  func run(
    _ x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float> {
    _ = images.update(from: x)
    timesteps.update(repeating: timestep)
    try plan.run()
    return UnsafeBufferPointer(result)
  }
}
