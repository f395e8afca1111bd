import Checkpoint
import Compute
import Diffusion
import Job
import Model

extension Failure {
  /// Creates a failure from an error of the networks, their files or their settings, with the
  /// corresponding exit status.
  package init(explaining error: any Error) {
    self.init(error, otherwise: Self.status(of: error))
  }

  private static func status(of error: any Error) -> ExitStatus {
    switch error {
    case CheckpointError.unreadable: .cannotRead
    case CheckpointError.noSuchKey: .usage
    case is CheckpointError, is ParameterMismatch, is SamplingError: .badData
    case ComputeError.notFinite: .badData
    case let error as ConfigurationError: error.kind == .flags ? .usage : .badData
    case is TimestepSpacingError, is GaussianDiffusionError: .usage
    case BundledModelError.unknown: .usage
    case is BundledModelError: .cannotRead
    default: .internalError
    }
  }
}
