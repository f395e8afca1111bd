// The noise schedules of the reference, gaussian_diffusion.py, `get_named_beta_schedule`.
import Foundation

extension NoiseSchedule {
  /// The variances β of a process of `steps` steps, the least noisy first, in the reference's
  /// order of operations so that every digit agrees.
  ///
  /// - Precondition: `steps` is positive. A linear schedule of fewer than 20 steps has β > 1,
  ///   which `GaussianDiffusion` refuses.
  package func betas(steps: Int) -> [Double] {
    switch self {
    case .linear:
      let scale = 1000 / Double(steps)
      return Self.evenlySpaced(from: scale * 0.0001, through: scale * 0.02, count: steps)
    case .cosine:
      let count = Double(steps)
      return (0..<steps).map { step in
        let start = Self.cosineAlphaBar(Double(step) / count)
        let end = Self.cosineAlphaBar(Double(step + 1) / count)
        return min(1 - end / start, 0.999)
      }
    }
  }

  /// Returns ᾱ at the fraction `time` of the process (Nichol and Dhariwal 2021, equation 17).
  private static func cosineAlphaBar(_ time: Double) -> Double {
    pow(cos((time + 0.008) / 1.008 * Double.pi / 2), 2)
  }

  /// Returns NumPy's `linspace`. The last value is exactly `last`, even if the steps are rounded.
  private static func evenlySpaced(from first: Double, through last: Double, count: Int) -> [Double]
  {
    guard count > 1 else { return [first] }
    let stride = (last - first) / Double(count - 1)
    return (0..<count - 1).map { Double($0) * stride + first } + [last]
  }
}
