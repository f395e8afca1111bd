/// A step of a solver as a linear combination: x ← a·x + Σ bₖ·mₖ, where mₖ are predictions of x₀.
///
/// The factors depend only on the nodes. They are computed once in double precision. Images are
/// combined in single precision, always in the order x, m₀, m₁, …, so that equal jobs give equal
/// bytes.
package struct LinearStep: Sendable, Equatable {
  /// a
  package let x: Double
  /// bₖ
  package let predictions: [Double]

  package init(x: Double, predictions: [Double]) {
    self.x = x
    self.predictions = predictions
  }

  /// The step to σ = 0, which takes the newest prediction as the image.
  package static let toZero = LinearStep(x: 0, predictions: [1])

  /// Writes the combination of `x` and the first of `predictions` into `result`, which may be `x`
  /// itself.
  func apply(_ x: Latents, _ predictions: [Latents], into result: Latents) {
    let (a, result) = (Float(self.x), result.elements)
    let first = (factor: Float(self.predictions[0]), elements: predictions[0].elements)
    let x = x.elements
    for i in x.indices { result[i] = a * x[i] + first.factor * first.elements[i] }
    for (factor, prediction) in zip(self.predictions, predictions).dropFirst() {
      let (factor, elements) = (Float(factor), prediction.elements)
      for i in result.indices { result[i] += factor * elements[i] }
    }
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
