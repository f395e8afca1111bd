import Compute
import Diffusion
import Job
import Model
import Recipe

/// The solver and its settings, with defaults filled in.
package struct SamplerSettings {
  package let solver: SolverSettings
  /// True for the reference's own samplers, unless the user chose otherwise.
  package let clipsDenoised: Bool
  /// The scale that the authors used, for this sampler if they used it.
  package let classifierScale: Double?

  /// - Parameter defaults: the settings of the model's authors, their preferred ones first.
  package init(_ options: JobRequest.Sampling, defaults: [SamplingDefaults]) throws {
    let given = options.steps.map(Self.withoutBlanks)
    let wanted = options.sampler ?? (given?.hasPrefix("ddim") == true ? .ddim : nil)
    let known = defaults.first { wanted == nil || $0.sampler == wanted?.rawValue }
    let sampler = wanted ?? known.flatMap { SolverSettings.Name(rawValue: $0.sampler) } ?? .ddpm
    let eta = options.eta ?? 0
    solver = SolverSettings(
      .init(sampler, eta: eta), steps: given ?? known?.steps ?? Self.steps(sampler))
    clipsDenoised = options.clipsDenoised ?? (sampler == .ddpm || sampler == .ddim)
    classifierScale = (known ?? defaults.first)?.classifierScale
    guard (0...1).contains(eta) else {
      throw Failure("--eta is \(eta); it must be from 0 to 1", status: .usage)
    }
    guard sampler == .ddim || options.eta == nil else {
      throw Failure("--eta belongs to ddim: leave it out, or add --sampler ddim", status: .usage)
    }
  }

  /// Returns the steps to use if neither the user nor the authors chose any.
  private static func steps(_ sampler: SolverSettings.Name) -> String {
    switch sampler {
    case .ddpm: "250"
    // Guidance from the last timestep of a cosine schedule breaks images, so they begin earlier.
    case .ddim, .dpmpp2M: "ddim25"
    }
  }

  /// Returns the steps without blanks, as in the recipe: `10,10,5` for `10, 10, 5`.
  private static func withoutBlanks(_ steps: String) -> String {
    let text = ListItem.split(steps).map(\.text).joined(separator: ",")
    // An empty text would mean all steps, and a lone comma has no meaning.
    return text.isEmpty ? steps : text
  }

  /// Returns the requested batch size, or the usual one for images of this size.
  package static func batchSize(_ size: Int?, imageSize: Int) throws(Failure) -> Int {
    guard let size else {
      switch imageSize {
      case ...32: return 10
      case ...64: return 4
      case ...128: return 2
      default: return 1
      }
    }
    guard SamplingRecipe.batchSizes.contains(size) else {
      throw Failure(
        "--batch-size is \(size); it must be from 1 to \(SamplingRecipe.batchSizes.upperBound)",
        status: .usage)
    }
    return size
  }
}

/// A number format, or the best one that the CPU supports.
package enum PrecisionChoice: String, Sendable, CaseIterable {
  case f32
  case bf16
  case auto

  /// The type. `auto` is bf16 only if the processor supports it.
  package var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .auto: Processor.hasNativeBF16 ? .bf16 : .f32
    }
  }
}
