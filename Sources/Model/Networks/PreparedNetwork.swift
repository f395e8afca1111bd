import Compute
import Diffusion

/// A network that is ready to run on batches of one size, with its memory laid out and its weights
/// packed.
///
/// It belongs to the thread that created it.
package final class PreparedNetwork: DiffusionNetwork {
  private let plan: CompiledGraph
  private let images: UnsafeMutableBufferPointer<Float>
  private let timesteps: UnsafeMutableBufferPointer<Float>
  private let labels: UnsafeMutableBufferPointer<Float>?
  private let classes: ClassLabels?
  private let result: UnsafeMutableBufferPointer<Float>

  /// - Parameters:
  ///   - constants: the store of the packed weights.
  ///   - describe: appends the network to an empty graph.
  package init(
    threads: Int, constants: any ConstantStore = PrivateConstants(),
    describe: (Graph) -> NetworkPorts
  ) throws {
    let graph = Graph()
    let ports = describe(graph)
    plan = try CompiledGraph(graph, threads: threads, constants: constants)
    images = plan.floats(ports.inputs.images)
    timesteps = plan.floats(ports.inputs.timesteps)
    labels = ports.inputs.labels.map(plan.floats)
    classes = ports.inputs.classes
    result = plan.floats(ports.result)
  }

  /// The memory of activations and scratch in bytes, without weights.
  package var workingBytes: Int { plan.workingBytes }

  /// - Precondition: `x` and the labels have the size of the described batch.
  package func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    precondition(x.elements.count == images.count, "x has another shape than the network's input")
    _ = images.update(from: x.elements)
    timesteps.update(repeating: time)
    if let labels, let classes {
      precondition(conditioning.labels.count == labels.count, "one label for each image")
      for (image, label) in conditioning.labels.enumerated() {
        labels[image] = Float(try classes.number(of: label))
      }
    }
    try plan.run()
    return UnsafeBufferPointer(result)
  }
}
