import Diffusion
import Recipe
import Worker

extension SolverSettings {
  /// The solver with its own settings: `ddim, eta 0.0`.
  var text: String {
    switch method {
    case .ddim(let eta): "ddim, eta \(eta)"
    case .ddpm, .dpmpp2M: method.name.rawValue
    }
  }

  /// The steps as `--steps` takes them, or `all`.
  var stepsText: String { steps.isEmpty ? "all" : steps }
}

extension Solver {
  /// The timesteps at which the networks are asked, ascending.
  var timesteps: [Double] { nodes.map(\.index).reversed() }
}

/// A timestep, without a fraction where it has none.
func timestepText(_ timestep: Double) -> String {
  Int(exactly: timestep).map { "\($0)" } ?? "\(timestep)"
}

extension SamplingRecipe {
  /// A short name for everything that images depend on besides their labels and seeds.
  func settings(isPainted: Bool) -> String {
    isPainted ? PaintingMaker.settings(of: self) : hash
  }
}
