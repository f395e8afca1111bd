import Compute
import Diffusion
import Job
import Model
import Recipe

/// A stage of a recipe with its networks ready to run.
///
/// It belongs to the thread that created it.
final class StageRunner {
  private let stage: Stage
  private let solver: any Solver
  private let denoiser: PreparedNetwork
  private let classifier: PreparedNetwork?
  private let decoder: (any LatentDecoder)?

  /// Reads and packs the weights of the stage's networks.
  ///
  /// - Parameters:
  ///   - constants: returns the packed weights of a network. Called for one network after the other.
  ///   - decoder: converts the solver's latents to images, if the stage works on latents.
  init(
    _ stage: Stage, threads: Int, decoder: (any LatentDecoder)? = nil,
    constants: (NetworkSource) -> any ConstantStore
  ) throws {
    func prepared(_ source: NetworkSource, guidanceScale: Float = 1) throws -> PreparedNetwork {
      let network = try source.architecture.network(
        in: source.open(), prefix: source.prefix, guidanceScale: guidanceScale)
      do {
        return try PreparedNetwork(threads: threads, constants: constants(source)) {
          network.describe(in: $0, batch: stage.batchSize, type: stage.precision)
        }
      } catch let error as ComputeError {
        throw Self.naming(error, source)
      }
    }
    self.stage = stage
    solver = try stage.makeSolver()
    denoiser = try prepared(stage.denoiser)
    classifier = try stage.classifier.map { try prepared($0.source, guidanceScale: $0.scale) }
    self.decoder = decoder
  }

  /// Adds the file to an error about a weight, because all networks have tensors with the same
  /// names.
  private static func naming(_ error: ComputeError, _ source: NetworkSource) -> any Error {
    guard case .notFinite = error else { return error }
    return Failure("\(source.path): \(error)", status: .badData)
  }

  /// The memory of activations and scratch in bytes, without packed weights.
  var workingBytes: Int { denoiser.workingBytes + (classifier?.workingBytes ?? 0) }

  /// The number of steps that a batch takes.
  var stepCount: Int { solver.nodes.count }

  /// Samples a whole batch.
  ///
  /// - Parameters:
  ///   - seeds: one for each image of the batch.
  ///   - labels: one for each image of the batch.
  ///   - progress: called after each step with the number of steps done. An error that it throws
  ///     ends the run.
  func sample(
    seeds: [UInt64], labels: [Label], progress: (_ stepsDone: Int) throws -> Void
  ) throws -> SampledBatch {
    let denoiser = GuidedDenoiser(
      denoiser, classifier: classifier, configuration: stage.process,
      clipsDenoised: stage.clipsDenoised, conditioning: Conditioning(labels: labels),
      shape: stage.shape)
    let batch = try solver.sample(
      seeds: seeds, shape: stage.shape, denoiser: denoiser, progress: progress)
    guard let decoder else { return batch }
    return SampledBatch(images: try decoder.decode(batch.images), notFinite: batch.notFinite)
  }
}
