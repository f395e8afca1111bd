import Compute
import Diffusion
import Job
import Model
import Recipe

/// The solver and its settings after the defaults.
package struct SamplerSettings {
  package let solver: SolverSettings
  /// On for the reference's own samplers, where nothing else is asked for.
  package let clipsDenoised: Bool
  /// The scale that the model's authors used, with this sampler if they used it.
  package let classifierScale: Double?

  /// - Parameter defaults: as the model's authors sampled it, the first being their choice.
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

  /// The steps where neither the user nor the model's authors chose any.
  private static func steps(_ sampler: SolverSettings.Name) -> String {
    switch sampler {
    case .ddpm: "250"
    case .ddim: "ddim25"
    case .dpmpp2M: "25"
    }
  }

  /// `10, 10, 5` as the recipe holds it: `10,10,5`.
  private static func withoutBlanks(_ steps: String) -> String {
    let text = ListItem.split(steps).map(\.text).joined(separator: ",")
    // The empty text means all steps, and a lone comma means nothing.
    return text.isEmpty ? steps : text
  }

  /// The batch size that was asked for, or the usual one for images of this size.
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

/// A number format, or the best that the CPU supports.
package enum PrecisionChoice: String, Sendable, CaseIterable {
  case f32
  case bf16
  case auto

  /// bf16 only where the processor has it.
  package var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .auto: Processor.hasNativeBF16 ? .bf16 : .f32
    }
  }
}
