/// What an image is to show, as a network is told.
package enum Label: Sendable, Hashable {
  /// The network is told nothing. Only a network that takes no label accepts it.
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

/// What the networks are told about each image of a batch besides xₜ and the timestep.
package struct Conditioning: Sendable, Equatable {
  /// One label for each image.
  package var labels: [Label]

  package init(labels: [Label]) {
    self.labels = labels
  }
}

/// A network made ready to run on batches of one size.
package protocol DiffusionNetwork: AnyObject {
  /// Runs the network once.
  ///
  /// - Parameters:
  ///   - x: xₜ, [N, C, H, W], where N is the size of batch that the network was prepared for.
  ///   - time: the timestep of all images of the batch; it may be fractional.
  /// - Returns: the network's one result, N rows of equal length. The buffer belongs to the network
  ///   and is valid until its next run.
  /// - Throws: `LabelError` when the network cannot be told a label, or what stopped the
  ///   computation.
  func run(
    _ x: Latents, time: Float, _ conditioning: Conditioning
  ) throws -> UnsafeBufferPointer<Float>
}

/// Why a network cannot be told a label.
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
