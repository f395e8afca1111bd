/// A step of a solver as a linear combination: x ← a·x + Σ bₖ·mₖ + c·z, where mₖ are predictions of x₀
/// and z is noise.
///
/// The factors depend only on the nodes. They are computed once in double precision. Images are
/// combined in single precision, always in the order x, m₀, m₁, …, z, so that equal jobs give
/// equal bytes.
package struct LinearStep: Sendable, Equatable {
  /// a
  package let x: Double
  /// bₖ
  package let predictions: [Double]
  /// c, the standard deviation of the noise that the step adds.
  package let noise: Double

  package init(x: Double, predictions: [Double], noise: Double = 0) {
    self.x = x
    self.predictions = predictions
    self.noise = noise
  }

  /// The step to σ = 0, which takes the newest prediction as the image.
  package static let toZero = LinearStep(x: 0, predictions: [1])

  /// Writes the combination of `x` and the first of `predictions` into `result`, which may be `x`
  /// itself.
  ///
  /// - Parameter noise: standard normal numbers, which a step that adds no noise does not need.
  func apply(
    _ x: Latents, _ predictions: [Latents], noise: Latents? = nil, into result: Latents
  ) {
    let (a, result) = (Float(self.x), result.elements)
    let first = (factor: Float(self.predictions[0]), elements: predictions[0].elements)
    let x = x.elements
    for i in x.indices { result[i] = a * x[i] + first.factor * first.elements[i] }
    for (factor, prediction) in zip(self.predictions, predictions).dropFirst() {
      let (factor, elements) = (Float(factor), prediction.elements)
      for i in result.indices { result[i] += factor * elements[i] }
    }
    guard self.noise > 0, let noise else { return }
    let deviation = Float(self.noise)
    for i in result.indices { result[i] += deviation * noise.elements[i] }
  }
}

/// The latest predictions of a solver with history, the newest first.
struct PredictionHistory {
  private(set) var predictions: [Latents]

  /// - Parameter count: the number of predictions to keep.
  init(_ count: Int, like x: Latents) {
    predictions = (0..<count).map { _ in Latents(like: x) }
  }

  /// Copies a prediction in, in place of the oldest one.
  mutating func add(_ prediction: Latents) {
    let oldest = predictions.removeLast()
    oldest.copy(from: prediction)
    predictions.insert(oldest, at: 0)
  }
}
