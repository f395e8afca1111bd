/// The solver's view of the networks: they predict the image at xₜ.
package protocol Denoiser: AnyObject {
  /// Predicts x₀ at a node.
  ///
  /// - Parameter x: xₜ, [N, C, H, W].
  /// - Returns: buffers that belong to the denoiser and are valid until the next prediction.
  func predict(_ x: Latents, at node: Node) throws -> Prediction
}

/// A denoiser's answer for a batch of images.
package struct Prediction {
  /// x̂₀ with guidance, [N, C, H, W].
  ///
  /// The guidance shifts the score (the reference's `condition_score`), so most solvers need
  /// nothing else.
  package let x0: Latents
  /// x̂₀ without the classifier's guidance. The same object as `x0` if there is no guidance.
  package let unguidedX0: Latents
  /// The classifier's scaled gradient at xₜ, for solvers that shift the mean instead of the score
  /// (the reference's `condition_mean`); `nil` without guidance.
  package let gradient: ImageRows?
  /// The position of the network's learned variance between its bounds, from −1 to 1, or `nil` if
  /// the network learns none.
  package let v: ImageRows?
  /// The network's ε with guidance, from which `x0` was computed; `nil` where nothing needs it, or where
  /// x̂₀ was limited.
  package let epsilon: Latents?

  package init(
    x0: Latents, unguidedX0: Latents? = nil, gradient: ImageRows? = nil, v: ImageRows? = nil,
    epsilon: Latents? = nil
  ) {
    self.x0 = x0
    self.unguidedX0 = unguidedX0 ?? x0
    self.gradient = gradient
    self.v = v
    self.epsilon = epsilon
  }
}

/// A part of a network's result: rows of equal length at equal distances, one for each image.
package struct ImageRows {
  private let first: UnsafePointer<Float>
  private let distance: Int

  /// - Parameters:
  ///   - first: the row of image 0.
  ///   - distance: the number of elements from one image's row to the next.
  package init(_ first: UnsafePointer<Float>, distance: Int) {
    self.first = first
    self.distance = distance
  }

  package subscript(image: Int) -> UnsafePointer<Float> { first + image * distance }

  /// The rows that start `count` elements later.
  func dropFirst(_ count: Int) -> ImageRows { ImageRows(first + count, distance: distance) }
}
