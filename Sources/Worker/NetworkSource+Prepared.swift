import Compute
import Job
import Model
import Recipe

extension NetworkSource {
  /// Returns the network ready to run. Opens its checkpoint if its weights are not packed yet.
  ///
  /// - Parameters:
  ///   - guidanceScale: the factor of a classifier's gradient.
  ///   - activations: memory that networks share, because only one runs at a time.
  ///   - constants: the packed weights.
  func prepared(
    _ run: NetworkRun, guidanceScale: Float = 1, threads: Int, activations: AlignedBuffer?,
    constants: any ConstantStore
  ) throws -> PreparedNetwork {
    let network = architecture.network(
      prefix: prefix, guidanceScale: guidanceScale, opening: { try open() })
    do {
      return try PreparedNetwork(threads: threads, constants: constants, activations: activations) {
        network.describe(in: $0, batch: run.batchSize, type: run.precision)
      }
    } catch let error as ComputeError {
      throw naming(error)
    }
  }

  /// Adds the file to an error about a weight, because all networks have tensors with the same
  /// names.
  private func naming(_ error: ComputeError) -> any Error {
    guard case .notFinite = error else { return error }
    return Failure("\(path): \(error)", status: .badData)
  }
}
