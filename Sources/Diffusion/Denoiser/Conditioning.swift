/// The content that a network is told to show in an image.
package enum Label: Sendable, Hashable {
  /// No label. Only a network that takes no labels accepts it.
  case none
  /// The class that stands for "no class" in a network trained with one, for classifier-free
  /// guidance.
  case null
  /// A class, counted from 0.
  case of(Int)

  /// - Parameter number: a class, or `nil` where there is no label.
  package init(_ number: Int?) {
    self = number.map(Label.of) ?? .none
  }
}

/// The input of the networks for each image of a batch, besides xₜ and the timestep.
package struct Conditioning {
  /// One label for each image.
  package var labels: [Label]
  /// The images that a network enlarges, in the size of xₜ, [N, C, H, W]; `nil` for networks that
  /// make images from noise.
  package let enlarged: Latents?

  package init(labels: [Label], enlarged: Latents? = nil) {
    self.labels = labels
    self.enlarged = enlarged
  }
}

/// A network that is ready to run on batches of one size.
package protocol DiffusionNetwork: AnyObject {
  /// Runs the network once.
  ///
  /// - Parameters:
  ///   - x: xₜ, [N, C, H, W], where N is the batch size that the network was prepared for.
  ///   - time: the timestep of all images of the batch. It may be fractional.
  /// - Returns: the result of the network, N rows of equal length. The buffer belongs to the network
  ///   and is valid until its next run.
  /// - Throws: `LabelError` if the network cannot take a label, or the error that stopped the
  ///   computation.
  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float>
}

extension DiffusionNetwork {
  /// Runs a denoising network at a node. Each row of the result is ε or x₀, followed by v if the
  /// network learns σ.
  func denoise(
    _ x: Latents, at node: Node, _ conditioning: Conditioning,
    _ configuration: DiffusionConfiguration
  ) throws -> ImageRows {
    let output = try run(x, time: node.time, conditioning)
    let distance = (configuration.learnsSigma ? 2 : 1) * x.shape.count
    precondition(output.count == x.batch * distance, "the output has another shape than asked for")
    return ImageRows(output.baseAddress!, distance: distance)
  }
}

extension DiffusionConfiguration {
  /// Returns ε from the output of a network, which is ε or x₀.
  func epsilon(_ output: Float, xt: Float, _ coefficients: EpsilonCoefficients) -> Float {
    predictsXStart ? coefficients.epsilon(xt: xt, x0: output) : output
  }
}

/// The reason why a network cannot take a label.
package enum LabelError: Error, Equatable, CustomStringConvertible {
  /// The network needs a class for every image.
  case missing
  /// The network was not trained with a null class.
  case noNullClass
  /// The network does not know the class.
  case unknownClass(Int, count: Int)

  package var description: String {
    switch self {
    case .missing: "the network needs a class for every image, and one has none"
    case .noNullClass:
      "the network was not trained with a null class, which classifier-free guidance needs"
    case .unknownClass(let label, let count):
      "there is no class \(label): the network knows classes 0 to \(count - 1)"
    }
  }
}
