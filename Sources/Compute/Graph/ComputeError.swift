/// An error while a network is prepared or run.
package enum ComputeError: Error, Equatable, CustomStringConvertible {
  /// A weight is NaN or infinite.
  case notFinite(parameter: String)
  /// oneDNN refused or failed. `status` is the name of its status.
  case library(operation: String, status: String)
  case outOfMemory(bytes: Int)

  package var description: String {
    switch self {
    case .notFinite(let parameter):
      "tensor \(parameter) holds values that are not finite (NaN or infinity): the checkpoint is damaged"
    case .library(let operation, let status):
      "oneDNN could not run \(operation): \(status)"
    case .outOfMemory(let bytes):
      "not enough memory for \(bytes >> 20) MiB of activations and weights: lower --batch-size"
    }
  }
}
