/// A solver and its settings, as the user names them. This is the only list of solvers.
package struct SolverSettings: Sendable, Equatable {
  /// The names of the solvers.
  package enum Name: String, Sendable, Codable, CaseIterable {
    case ddpm
    case ddim
    case dpmpp2M = "dpmpp-2m"
  }

  /// A solver with the settings that only it has.
  package enum Method: Sendable, Equatable {
    case ddpm
    /// - Parameter eta: the noise that is added, from 0 to 1.
    case ddim(eta: Float)
    case dpmpp2M

    /// - Parameter eta: the noise that is added; solvers other than DDIM have none.
    package init(_ name: Name, eta: Float = 0) {
      switch name {
      case .ddpm: self = .ddpm
      case .ddim: self = .ddim(eta: eta)
      case .dpmpp2M: self = .dpmpp2M
      }
    }

    package var name: Name {
      switch self {
      case .ddpm: .ddpm
      case .ddim: .ddim
      case .dpmpp2M: .dpmpp2M
      }
    }
  }

  package var method: Method
  /// The trained steps to keep, as a respacing string (`TimestepSpacing`).
  package var steps: String

  package init(_ method: Method, steps: String) {
    self.method = method
    self.steps = steps
  }

  /// DDIM's η; 0 for solvers that have none.
  package var eta: Float {
    if case .ddim(let eta) = method { eta } else { 0 }
  }

  /// The solver with its nodes and tables.
  ///
  /// - Throws: `TimestepSpacingError` or `GaussianDiffusionError`.
  package func makeSolver(for configuration: DiffusionConfiguration) throws -> any Solver {
    let process = try GaussianDiffusion(
      configuration: configuration, spacing: TimestepSpacing(parsing: steps))
    return switch method {
    case .ddpm: DDPM(process)
    case .ddim(let eta): DDIM(process, eta: eta)
    case .dpmpp2M:
      DPMSolverPlusPlus2M(try TrainedSchedule(configuration), timesteps: process.timesteps)
    }
  }
}
