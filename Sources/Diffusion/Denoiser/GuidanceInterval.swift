// Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval Improves Sample and Distribution
// Quality in Diffusion Models".

/// The noise levels at which an image is guided. Elsewhere the guiding networks do not run.
package struct GuidanceInterval: Sendable, Equatable, Codable {
  /// Guidance applies where lowest < σ̂ ≤ highest.
  package let lowest: Double
  package let highest: Double

  package init(lowest: Double, highest: Double) {
    self.lowest = lowest
    self.highest = highest
  }

  /// Creates the interval of a flow from shares of noise, including both ends.
  ///
  /// A share that a sampler computes may differ from an end in its last digits.
  package init(noise: ClosedRange<Double>) {
    func sigmaHat(_ noise: Double) -> Double {
      noise < 1 ? noise / (1 - noise) : .greatestFiniteMagnitude
    }
    lowest = sigmaHat(noise.lowerBound) * (1 - 1e-9)
    highest = min(sigmaHat(noise.upperBound) * (1 + 1e-9), .greatestFiniteMagnitude)
  }

  package func contains(_ node: Node) -> Bool {
    // A flow begins at an infinite σ̂, which JSON does not have.
    lowest < node.sigmaHat && (node.sigmaHat <= highest || highest == .greatestFiniteMagnitude)
  }

  /// Whether the bounds are finite, not negative, and leave something between them.
  package var isValid: Bool {
    lowest.isFinite && highest.isFinite && 0 <= lowest && lowest < highest
  }
}
