/// A solver and its settings, as the user names them. This is the only list of solvers.
package struct SolverSettings: Sendable, Equatable {
  /// The names of the solvers.
  package enum Name: String, Sendable, Codable, CaseIterable {
    case ddpm
    case ddim
    case dpmpp2M = "dpmpp-2m"
    case uniPC = "unipc"
    case heun
    case consistency
    case plms
    case euler
    case eulerMaruyama = "euler-maruyama"

    /// The solvers that can add noise by η.
    package static let withEta: [Name] = [.ddim, .dpmpp2M]
  }

  /// A solver with the settings that only it has.
  package enum Method: Sendable, Equatable {
    case ddpm
    /// - Parameter eta: the noise that is added, from 0 to 1.
    case ddim(eta: Float)
    /// - Parameter eta: the noise that is added, from 0 to 1.
    case dpmpp2M(Multistep = Multistep(), eta: Float = 0)
    /// - Parameter order: the order of the predictor, from 1 to 3.
    case uniPC(Multistep = Multistep(), order: Int = 2)
    /// - Parameter churn: the noise that is added before steps. A flow has none.
    case heun(Heun.Churn = .none)
    case consistency
    /// Only for latent diffusion models.
    case plms
    /// Euler's method for the equation of a flow.
    case euler
    /// The SDE of a flow.
    case eulerMaruyama

    package var name: Name {
      switch self {
      case .ddpm: .ddpm
      case .ddim: .ddim
      case .dpmpp2M: .dpmpp2M
      case .uniPC: .uniPC
      case .heun: .heun
      case .consistency: .consistency
      case .plms: .plms
      case .euler: .euler
      case .eulerMaruyama: .eulerMaruyama
      }
    }
  }

  /// The settings that all multistep solvers of the probability-flow equation have.
  package struct Multistep: Sendable, Equatable {
    /// The spacing of the nodes, or `nil` if they are trained steps chosen by a respacing string.
    package var spacing: NodeSpacing?
    package var end: Grid.End
    /// Whether the order falls towards the last noise level.
    package var lowersOrderAtEnd: Bool

    package init(
      spacing: NodeSpacing? = nil, end: Grid.End = .zero, lowersOrderAtEnd: Bool = true
    ) {
      self.spacing = spacing
      self.end = end
      self.lowersOrderAtEnd = lowersOrderAtEnd
    }
  }

  package var method: Method
  /// The number of steps, the trained steps to keep as a respacing string (`TimestepSpacing`), or
  /// the levels of consistency sampling (`ConsistencySampling.Places`).
  package var steps: String

  package init(_ method: Method, steps: String) {
    self.method = method
    self.steps = steps
  }

  /// η, the noise of DDIM and DPM-Solver++. It is 0 for solvers that have none.
  package var eta: Float {
    switch method {
    case .ddim(let eta), .dpmpp2M(_, let eta): eta
    case .ddpm, .uniPC, .heun, .consistency, .plms, .euler, .eulerMaruyama: 0
    }
  }

  /// The order of UniPC.
  package var order: Int? {
    if case .uniPC(_, let order) = method { order } else { nil }
  }

  /// The churn of Heun's method, or `nil` without any.
  package var churn: Heun.Churn? {
    if case .heun(let churn) = method, churn.amount != 0 { churn } else { nil }
  }

  /// The settings of a multistep solver.
  package var multistep: Multistep? {
    switch method {
    case .dpmpp2M(let multistep, _), .uniPC(let multistep, _): multistep
    case .ddpm, .ddim, .heun, .consistency, .plms, .euler, .eulerMaruyama: nil
    }
  }

  /// Returns the solver with its nodes and tables.
  ///
  /// - Throws: `TimestepSpacingError`, `GaussianDiffusionError` or `SolverSettingsError`.
  package func makeSolver(for configuration: DiffusionConfiguration) throws -> any Solver {
    if let preconditioning = configuration.preconditioning {
      return try makeSolver(for: preconditioning)
    }
    if let latent = configuration.latent, let timesteps = try timesteps(latent, configuration) {
      if case .ddim(let eta) = method { return LatentDDIM(timesteps, eta: eta) }
      return PLMS(timesteps)
    }
    if let flow = configuration.flow { return try makeSolver(for: flow) }
    switch method {
    case .ddpm: return DDPM(try process(configuration))
    case .ddim(let eta): return DDIM(try process(configuration), eta: eta)
    case .dpmpp2M(let multistep, let eta):
      return DPMSolverPlusPlus2M(
        try grid(multistep, configuration), eta: Double(eta),
        lowersOrderAtEnd: multistep.lowersOrderAtEnd)
    case .uniPC(let multistep, let order):
      return try uniPC(try grid(multistep, configuration), multistep, order: order)
    case .heun(let churn):
      return Heun(try TrainedSchedule(configuration), count: try count(), churn: churn)
    case .consistency: throw SolverSettingsError.noConsistencyModel
    case .plms: throw SolverSettingsError.needsLatents(.plms)
    case .euler, .eulerMaruyama: throw SolverSettingsError.needsFlow(method.name)
    }
  }

  /// Returns the steps of the samplers that latent diffusion models have of their own, or `nil` for the
  /// others.
  private func timesteps(
    _ latent: LatentProcess, _ configuration: DiffusionConfiguration
  ) throws -> LatentTimesteps? {
    switch method {
    case .ddim, .plms:
      // Checks the process.
      _ = try TrainedSchedule(configuration)
      return try LatentTimesteps(
        count: try count(), of: latent.alphaBar(steps: configuration.steps))
    case .ddpm, .dpmpp2M, .uniPC, .heun, .consistency, .euler, .eulerMaruyama: return nil
    }
  }

  /// Returns the solver for a network that was trained on continuous noise levels.
  private func makeSolver(
    for preconditioning: Preconditioning
  ) throws(SolverSettingsError) -> any Solver {
    let levels = ContinuousLevels(preconditioning)
    switch (method, preconditioning.isConsistencyModel) {
    case (.consistency, true):
      return ConsistencySampling(levels, try .init(parsing: steps))
    case (.consistency, false): throw .noConsistencyModel
    case (.plms, _): throw .needsLatents(.plms)
    case (_, true): throw .needsDenoiser(method.name)
    case (.ddpm, false), (.ddim, false): throw .needsSchedule(method.name)
    case (.euler, false), (.eulerMaruyama, false): throw .needsFlow(method.name)
    case (.dpmpp2M(let multistep, let eta), false):
      return DPMSolverPlusPlus2M(
        try grid(multistep, levels), eta: Double(eta), lowersOrderAtEnd: multistep.lowersOrderAtEnd)
    case (.uniPC(let multistep, let order), false):
      return try uniPC(try grid(multistep, levels), multistep, order: order)
    case (.heun(let churn), false):
      return Heun(levels, count: try count(), churn: churn)
    }
  }

  /// Returns the solver for a network that was trained as a flow.
  private func makeSolver(for flow: FlowProcess) throws(SolverSettingsError) -> any Solver {
    let levels = FlowLevels(flow)
    switch method {
    case .euler: return FlowODE(levels, count: try count(), .euler)
    case .heun(let churn):
      guard churn.amount == 0 else { throw .churnOfFlow }
      return FlowODE(levels, count: try count(), .heun)
    case .eulerMaruyama: return EulerMaruyama(levels, count: try count())
    case .dpmpp2M(let multistep, let eta):
      return DPMSolverPlusPlus2M(
        try grid(multistep, levels), eta: Double(eta), lowersOrderAtEnd: multistep.lowersOrderAtEnd)
    case .uniPC(let multistep, let order):
      return try uniPC(try grid(multistep, levels), multistep, order: order)
    case .ddpm, .ddim: throw .flowNeeds(method.name)
    case .consistency: throw .noConsistencyModel
    }
  }

  private func uniPC(
    _ grid: Grid, _ multistep: Multistep, order: Int
  ) throws(SolverSettingsError) -> UniPC {
    guard (1...3).contains(order) else { throw .unknownOrder(order) }
    guard order <= grid.nodes.count else {
      throw .orderAboveSteps(order: order, steps: grid.nodes.count)
    }
    return UniPC(grid, order: order, lowersOrderAtEnd: multistep.lowersOrderAtEnd)
  }

  private func process(_ configuration: DiffusionConfiguration) throws -> GaussianDiffusion {
    try GaussianDiffusion(configuration: configuration, spacing: TimestepSpacing(parsing: steps))
  }

  private func grid(
    _ multistep: Multistep, _ configuration: DiffusionConfiguration
  ) throws -> Grid {
    let schedule = try TrainedSchedule(configuration)
    guard let spacing = multistep.spacing else {
      let timesteps = try process(configuration).timesteps
      return Grid(
        timesteps.reversed().map { schedule.node(at: Double($0)) }, end: multistep.end)
    }
    return Grid(schedule.levels(spacing, count: try levelCount(multistep)), end: multistep.end)
  }

  private func grid(
    _ multistep: Multistep, _ levels: ContinuousLevels
  ) throws(SolverSettingsError) -> Grid {
    // Without a spacing, the steps are a respacing string.
    guard let spacing = multistep.spacing else { throw .noCount(steps, method.name) }
    return Grid(
      try levels.levels(spacing, count: try levelCount(multistep)), end: multistep.end)
  }

  private func grid(
    _ multistep: Multistep, _ levels: FlowLevels
  ) throws(SolverSettingsError) -> Grid {
    guard let spacing = multistep.spacing else { throw .noCount(steps, method.name) }
    return levels.grid(spacing, steps: try count(), end: multistep.end)
  }

  /// Returns the number of noise levels. With both ends, the network is evaluated as often as there
  /// are steps.
  private func levelCount(_ multistep: Multistep) throws(SolverSettingsError) -> Int {
    try count() + (multistep.end == .sigmaMin ? 1 : 0)
  }

  /// The largest number of steps. With a mistyped count above it, the tables would fill the memory.
  package static let mostSteps = 10_000

  /// Returns the number of steps, from 2 to `mostSteps`.
  private func count() throws(SolverSettingsError) -> Int {
    guard let count = Int(steps) else { throw .noCount(steps, method.name) }
    guard (2...Self.mostSteps).contains(count) else { throw .stepCount(count) }
    return count
  }
}

/// The reason why settings do not give a solver.
package enum SolverSettingsError: Error, Equatable, CustomStringConvertible {
  /// The solver, or the spacing of its nodes, needs a number of steps and not a respacing string.
  case noCount(String, SolverSettings.Name)
  case stepCount(Int)
  case unknownOrder(Int)
  case orderAboveSteps(order: Int, steps: Int)
  /// Consistency sampling needs a number of evaluations or a list of levels, not this.
  case noPlaces(String)
  case evaluationCount(Int)
  /// The network is not a consistency model.
  case noConsistencyModel
  /// The network is a consistency model, and this solver needs another denoiser.
  case needsDenoiser(SolverSettings.Name)
  /// The solver needs a network that was trained on the steps of a schedule.
  case needsSchedule(SolverSettings.Name)
  /// The spacing is one of trained steps, which the network does not have.
  case needsTrainedSteps(NodeSpacing)
  /// The solver is one of latent diffusion models, and this model is none.
  case needsLatents(SolverSettings.Name)
  /// With so many steps, latent-diffusion's samplers would visit a step after the last trained one.
  /// `possible` is a number of steps that works.
  case unreachableStep(count: Int, trained: Int, possible: Int)

  /// The solver needs a network that was trained as a flow.
  case needsFlow(SolverSettings.Name)
  /// The network is a flow, and this solver needs the steps of a schedule.
  case flowNeeds(SolverSettings.Name)
  /// Heun's method has no churn on a flow.
  case churnOfFlow

  package var description: String {
    switch self {
    case .noCount(let steps, let name) where [.heun, .euler, .eulerMaruyama].contains(name):
      "\(name.rawValue) needs a number of steps, such as \(name == .heun ? 18 : 50), and not "
        + "'\(steps)'"
    case .noCount(let steps, .ddim), .noCount(let steps, .plms):
      "the steps of a latent diffusion model are a number, such as 50, and not '\(steps)'"
    case .noCount(let steps, _):
      "a spacing of nodes needs a number of steps, such as 20, and not '\(steps)', which chooses "
        + "trained steps itself"
    case .stepCount(let count):
      "there are \(count) steps; this sampler takes from 2 to \(SolverSettings.mostSteps)"
    case .unknownOrder(let order):
      "order \(order) does not exist; choose 1, 2 or 3"
    case .orderAboveSteps(let order, let steps):
      "order \(order) needs at least \(order) steps, not \(steps)"
    case .noPlaces(let text):
      "consistency needs a number of evaluations, such as 1, or noise levels from 0 up, such as "
        + "0,22,39, the last of which is the end; '\(text)' is neither"
    case .evaluationCount(let count):
      "there are \(count) evaluations; consistency takes from 1 to \(SolverSettings.mostSteps)"
    case .noConsistencyModel:
      "consistency needs a consistency model, and this model is none; choose another sampler"
    case .needsDenoiser(let name):
      "\(name.rawValue) cannot sample a consistency model; choose consistency"
    case .needsSchedule(let name):
      "\(name.rawValue) needs a model that was trained on the steps of a schedule, and this one was "
        + "trained on continuous noise levels; choose heun, dpmpp-2m or unipc"
    case .needsTrainedSteps(let spacing):
      "\(spacing.rawValue) spreads trained steps, which this model does not have; choose karras or "
        + "log-snr"
    case .needsLatents(let name):
      "\(name.rawValue) samples latent diffusion models, and this model is none; choose another sampler"
    case .unreachableStep(let count, let trained, let possible):
      "\(count) steps cannot be: this sampler would visit trained step \(trained), and the last one is "
        + "\(trained - 1); take \(possible)"
    case .needsFlow(let name):
      "\(name.rawValue) needs a flow, such as SiT or REPA, and this model is none; choose another "
        + "sampler"
    case .flowNeeds(let name):
      "\(name.rawValue) needs a model that was trained on the steps of a schedule, and this one is a "
        + "flow; choose euler-maruyama, euler, heun, dpmpp-2m or unipc"
    case .churnOfFlow: "a flow has no churn: leave it out, or choose euler-maruyama for noise"
    }
  }
}
