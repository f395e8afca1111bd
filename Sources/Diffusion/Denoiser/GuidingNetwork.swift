// Ho and Salimans 2021, "Classifier-Free Diffusion Guidance", equation 6, and Karras et al. 2024,
// "Guiding a Diffusion Model with a Bad Version of Itself" (autoguidance), equation 4.

/// A denoising network that images are moved away from: ε = ε_guide + w·(ε − ε_guide).
///
/// It may be the main network with the null label (classifier-free guidance), an unconditional
/// network (the same with two networks), or a weaker network (autoguidance). A network with another
/// noise schedule is evaluated at the same λ.
///
/// With preconditioned networks and flows, x₀ is moved instead. That is the same, because both differ
/// by a factor that depends on the noise level only.
package final class GuidingNetwork {
  private let network: any DiffusionNetwork
  private let conditioning: Conditioning
  private let configuration: DiffusionConfiguration
  /// The schedule of the network, or `nil` if it is that of the main network.
  private let schedule: TrainedSchedule?
  /// w. At 1 the guide has no effect.
  let scale: Float
  /// The number of channels that are guided, from the first on, or `nil` for all. The others are those
  /// of the main network.
  private let guidedChannels: Int?
  /// The network with its factors, if it was trained on continuous noise levels or as a flow.
  private let preconditioned: PreconditionedNetwork?
  private let predicted: Latents

  /// - Parameters:
  ///   - conditioning: the labels that this network gets.
  ///   - configuration: the process that the network was trained on.
  ///   - main: the process of the main network. Both networks are preconditioned or flows, or neither
  ///     is.
  ///   - guidedChannels: the number of channels that are guided, or `nil` for all. DiT's and SiT's
  ///     `forward_with_cfg` guide three.
  ///   - shape: the shape of one image.
  /// - Throws: `GaussianDiffusionError` if the process does not exist.
  package init(
    _ network: any DiffusionNetwork, conditioning: Conditioning,
    configuration: DiffusionConfiguration, main: DiffusionConfiguration, scale: Float,
    guidedChannels: Int? = nil, shape: Latents.Shape
  ) throws {
    precondition((configuration.preconditioned == nil) == (main.preconditioned == nil))
    self.network = network
    self.conditioning = conditioning
    self.configuration = configuration
    self.scale = scale
    self.guidedChannels = guidedChannels
    preconditioned = configuration.preconditioned.map {
      PreconditionedNetwork(network, $0, batch: conditioning.labels.count, shape: shape)
    }
    let isSame =
      configuration.schedule == main.schedule && configuration.steps == main.steps
      && configuration.rescalesTimesteps == main.rescalesTimesteps
      && configuration.latent == main.latent
    schedule = isSame ? nil : try TrainedSchedule(configuration)
    predicted = Latents(zeros: conditioning.labels.count, shape)
  }

  /// Returns the number of an image's elements that are guided, from the first on.
  func guidedCount(_ shape: Latents.Shape) -> Int {
    min(guidedChannels ?? shape.channels, shape.channels) * shape.height * shape.width
  }

  /// Predicts ε, or x₀ if the network is preconditioned or a flow, [N, C, H, W]. The buffer is valid
  /// until the next prediction.
  ///
  /// - Parameter node: the node of the main network.
  func predict(_ x: Latents, at node: Node) throws -> Latents {
    if let preconditioned { return try predictX0(x, at: node, preconditioned) }
    let node = schedule.map { matching(node, in: $0) } ?? node
    let rows = try network.denoise(x, at: node, conditioning, configuration)
    let coefficients = EpsilonCoefficients(alphaBar: node.alphaBar)
    for image in 0..<x.batch {
      let (xt, row, epsilon) = (x[image], rows[image], predicted[image])
      for i in xt.indices {
        epsilon[i] = configuration.epsilon(row[i], xt: xt[i], coefficients)
      }
    }
    return predicted
  }

  private func predictX0(
    _ x: Latents, at node: Node, _ network: PreconditionedNetwork
  ) throws -> Latents {
    // Flows may count time in different directions.
    let node = configuration.flow.map { FlowLevels($0).node(noise: node.noiseShare) } ?? node
    let rows = try network.predict(x, at: node, conditioning)
    for image in 0..<x.batch {
      predicted[image].baseAddress!.update(from: rows[image], count: x.shape.count)
    }
    return predicted
  }

  /// Returns the node with the same λ, or the same trained step if only the scale of time differs.
  private func matching(_ node: Node, in schedule: TrainedSchedule) -> Node {
    let last = Double(schedule.alphaBar.count - 1)
    if node.index <= last, node.index == node.index.rounded() {
      let same = schedule.node(at: node.index)
      if abs(same.lambda - node.lambda) < 1e-9 { return same }
    }
    return schedule.node(lambda: node.lambda)
  }
}
