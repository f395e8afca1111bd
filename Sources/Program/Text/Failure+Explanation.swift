import Checkpoint
import Compute
import Diffusion
import Job
import Model
import Output

extension Failure {
  /// Creates a failure from any error. The text names the options that help.
  ///
  /// - Parameter status: the exit status. By default that of an error of the networks, their files
  ///   or their settings.
  package init(explaining error: any Error, otherwise status: ExitStatus? = nil) {
    self.init(error, otherwise: status ?? Self.status(of: error), text: OptionNames.text)
  }

  private static func status(of error: any Error) -> ExitStatus {
    switch error {
    case CheckpointError.unreadable: .cannotRead
    case CheckpointError.noSuchKey: .usage
    case is CheckpointError, is ParameterMismatch, is SamplingError: .badData
    case is LatentScalingError: .badData
    case ComputeError.notFinite: .badData
    case SampleError.unreadable: .cannotRead
    case is SampleError: .badData
    case ComputeError.noBF16: .usage
    case let error as ConfigurationError: error.kind == .flags ? .usage : .badData
    case is TimestepSpacingError, is GaussianDiffusionError, is SolverSettingsError: .usage
    case BundledModelError.unknown: .usage
    case is BundledModelError: .cannotRead
    default: .internalError
    }
  }
}
