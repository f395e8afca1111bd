/// A preconditioned network as a denoiser sees it: it takes xₜ and predicts x₀.
final class PreconditionedNetwork {
  private let network: any DiffusionNetwork
  private let preconditioning: any Preconditioned
  private let input: Latents
  private let x0: Latents

  /// - Parameters:
  ///   - batch: the number of images of a run.
  ///   - shape: the shape of one image.
  init(
    _ network: any DiffusionNetwork, _ preconditioning: any Preconditioned, batch: Int,
    shape: Latents.Shape
  ) {
    self.network = network
    self.preconditioning = preconditioning
    input = Latents(zeros: batch, shape)
    x0 = Latents(zeros: batch, shape)
  }

  /// Returns x₀ for each image. The rows are valid until the next call.
  func predict(_ x: Latents, at node: Node, _ conditioning: Conditioning) throws -> ImageRows {
    let factors = preconditioning.factors(at: node)
    for i in x.elements.indices { input.elements[i] = factors.input * x.elements[i] }
    let output = try network.run(input, time: node.time, conditioning)
    precondition(output.count == x.elements.count, "the output has another shape than asked for")
    for i in x.elements.indices {
      x0.elements[i] = factors.skip * x.elements[i] + factors.output * output[i]
    }
    return ImageRows(x0.elements.baseAddress!, distance: x.shape.count)
  }
}
