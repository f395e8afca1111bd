import Compute
import Diffusion

/// A network that is ready to run on batches of one size, with its memory laid out and its weights
/// packed.
///
/// It belongs to the thread that created it.
package final class PreparedNetwork: DiffusionNetwork {
  private let plan: CompiledGraph
  private let images: UnsafeMutableBufferPointer<Float>
  private let takesEnlarged: Bool
  private let timesteps: UnsafeMutableBufferPointer<Float>?
  private let labels: UnsafeMutableBufferPointer<Float>?
  private let classes: ClassLabels?
  private let computed: UnsafeMutableBufferPointer<Float>
  /// A copy of what was computed, because networks may share the memory of activations.
  private let result: UnsafeMutableBufferPointer<Float>

  /// - Parameters:
  ///   - constants: the store of the packed weights.
  ///   - activations: memory that networks share, because only one runs at a time.
  ///   - describe: appends the network to an empty graph.
  package init(
    threads: Int, constants: any ConstantStore = PrivateConstants(),
    activations: AlignedBuffer? = nil, describe: (Graph) -> NetworkPorts
  ) throws {
    let graph = Graph()
    let ports = describe(graph)
    plan = try CompiledGraph(
      graph, threads: threads, constants: constants, activations: activations)
    images = plan.floats(ports.inputs.images)
    takesEnlarged = ports.inputs.takesEnlarged
    timesteps = ports.inputs.timesteps.map(plan.floats)
    labels = ports.inputs.labels.map(plan.floats)
    classes = ports.inputs.classes
    computed = plan.floats(ports.result)
    result = .allocate(capacity: computed.count)
  }

  deinit { result.deallocate() }

  /// The memory of activations and scratch in bytes, without weights and shared memory.
  package var workingBytes: Int { plan.workingBytes }

  /// - Precondition: `x` and the labels have the size of the described batch, and there are images to
  ///   enlarge if the network enlarges images.
  package func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float> {
    timesteps?.update(repeating: time)
    if let labels, let classes {
      precondition(conditioning.labels.count == labels.count, "one label for each image")
      for (image, label) in conditioning.labels.enumerated() {
        labels[image] = Float(try classes.number(of: label))
      }
    }
    return try run(takesEnlarged ? [x, conditioning.enlarged!] : [x])
  }

  /// Runs a network that takes images or latents only.
  ///
  /// - Precondition: `x` has the size of the described batch.
  func run(_ x: Latents) throws -> UnsafeBufferPointer<Float> { try run([x]) }

  private func run(_ parts: [Latents]) throws -> UnsafeBufferPointer<Float> {
    write(parts)
    try plan.run()
    _ = result.update(from: computed)
    return UnsafeBufferPointer(result)
  }

  /// Writes the images. A network that enlarges images takes the channels of the enlarged image after
  /// those of xₜ (the reference's unet.py, `SuperResModel.forward`).
  private func write(_ parts: [Latents]) {
    precondition(
      parts.reduce(0) { $0 + $1.elements.count } == images.count,
      "the images have another shape than the network's input")
    var next = images.baseAddress!
    for image in 0..<parts[0].batch {
      for part in parts {
        next.update(from: part[image].baseAddress!, count: part.shape.count)
        next += part.shape.count
      }
    }
  }
}
