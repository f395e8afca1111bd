// Song et al. 2023, "Consistency Models", algorithm 1; as in karras_diffusion.py of
// openai/consistency_models, `sample_onestep` and `stochastic_iterative_sampler`. Symbols as there,
// except that σ̂ is the paper's τ.
import Foundation

/// Samples a consistency model, whose first evaluation gives an image already. Each further one adds
/// noise to the image and denoises it again.
///
/// The noise of a further evaluation has the variance σ̂² − σ_min², because a consistency model takes
/// an image for one with noise of the standard deviation σ_min. Noise is drawn for each evaluation
/// but the first, whose noise is x_T.
package struct ConsistencySampling: Solver {
  package let nodes: [Node]
  /// The step from the prediction at each node to the next node, or to the image.
  package let steps: [LinearStep]

  package init(_ levels: ContinuousLevels, _ places: Places) {
    let karras = KarrasLevels(levels.sigmaHats, count: places.levelCount)
    nodes = places.evaluated.map { levels.nearestNode(sigmaHat: karras.sigmaHat($0)) }
    let lowest = levels.sigmaHats.lowerBound
    steps =
      nodes.dropFirst().map { node in
        let variance = node.sigmaHat * node.sigmaHat - lowest * lowest
        return LinearStep(x: 0, predictions: [1], noise: max(variance, 0).squareRoot())
      } + [.toZero]
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let (drawn, scaled) = (Latents(like: x), Latents(like: x))
    // x is that of the paper, x₀ + σ̂·z. A denoiser takes α·x.
    x.set(to: x, times: Float(nodes[0].sigmaHat))
    for (node, step) in zip(nodes, steps) {
      scaled.set(to: x, times: Float(node.alpha))
      let x0 = try denoiser.predict(scaled, at: node).x0
      if step.noise > 0 { noise.fill(drawn) }
      step.apply(x, [x0], noise: drawn, into: x)
      try stepDone(node)
    }
  }
}

extension ConsistencySampling {
  /// The noise levels at which a consistency model is evaluated, as places in EDM's list of levels,
  /// which begins with place 0, the noisiest.
  ///
  /// Their text form is a list like consistency_models' `--ts`: `0,22,39` evaluates at the places 0
  /// and 22 of 40 levels, of which place 39 is σ_min. A number N stands for `0,1,…,N`.
  package struct Places: Sendable, Equatable {
    package let evaluated: [Int]
    package let levelCount: Int

    /// - Throws: `SolverSettingsError` for a text of another form.
    package init(parsing text: String) throws(SolverSettingsError) {
      let fields = text.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = fields.compactMap { Int($0) }
      guard numbers.count == fields.count else { throw .noPlaces(text) }
      if numbers.count == 1 {
        guard (1...SolverSettings.mostSteps).contains(numbers[0]) else {
          throw .evaluationCount(numbers[0])
        }
        evaluated = Array(0..<numbers[0])
        levelCount = numbers[0] + 1
      } else {
        let last = numbers[numbers.count - 1]
        guard numbers[0] == 0, zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }),
          last <= SolverSettings.mostSteps
        else { throw .noPlaces(text) }
        evaluated = numbers.dropLast()
        levelCount = last + 1
      }
    }
  }
}
