import Cache
import Checkpoint
import Compute
import Diffusion
import Job
import Model

/// Samples batches of images with the networks of a recipe: what each rank computes.
///
/// Made, used and left on one thread.
package final class SamplingEngine: ImageMaker {
  private let recipe: SamplingRecipe
  private let encoder: ImageEncoder
  private let sampler: any Sampler
  private let network: GuidedNetwork

  /// Prepares the networks: lays out memory, makes primitives, and packs weights unless they are in
  /// the cache.
  ///
  /// - Parameters:
  ///   - threads: how many threads to compute with.
  ///   - cache: where packed weights lie that ranks share; each has its own without one.
  ///   - isGrayscale: whether the PNG files are 8-bit grey instead of RGB.
  ///   - note: told what the user should know; all ranks may say the same.
  /// - Throws: `Failure`.
  package convenience init(
    _ recipe: SamplingRecipe, threads: Int, cache: CacheFolder?, isGrayscale: Bool = false,
    note: @escaping (String) -> Void
  ) throws {
    do {
      try self.init(
        loading: recipe, threads: threads, cache: cache, isGrayscale: isGrayscale, note: note)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private init(
    loading recipe: SamplingRecipe, threads: Int, cache: CacheFolder?, isGrayscale: Bool,
    note: @escaping (String) -> Void
  ) throws {
    guard recipe.precision == .f32 || Processor.canComputeBF16 else {
      throw Failure(
        "this processor (\(Processor.instructionSet)) cannot compute in bf16: use --precision f32",
        status: .usage)
    }
    self.recipe = recipe
    encoder = ImageEncoder(settingsHash: recipe.hash, isGrayscale: isGrayscale)
    sampler = try recipe.makeSampler()
    let unetFile = try CheckpointFile.open(
      recipe.unet.path, for: .unet, key: recipe.unet.weights?.key)
    let unet = try NetworkFile.unet(unetFile, recipe.unet.configuration)
    let classifier = try recipe.classifier.map {
      let file = try CheckpointFile.open($0.path, for: .classifier, key: $0.weights?.key)
      return (file: file, network: try NetworkFile.classifier(file, $0.configuration))
    }
    let weights = cache.map { WeightsSource(recipe, threads: threads, cache: $0, note: note) }
    do {
      network = try GuidedNetwork(
        unet: unet, classifier: classifier?.network, scale: recipe.classifierScale,
        batchSize: recipe.batchSize, precision: recipe.precision, threads: threads
      ) { weights?.constants($0) ?? PrivateConstants() }
    } catch let error as ComputeError {
      throw Self.naming(error, files: [unetFile, classifier?.file].compactMap { $0 })
    }
  }

  /// Memory of activations and scratch, in bytes; packed weights come on top.
  package var workingBytes: Int { network.workingBytes }

  /// Puts the file before an error of a weight: both networks have tensors of the same names.
  private static func naming(_ error: ComputeError, files: [CheckpointFile]) -> Failure {
    var failure = Failure(explaining: error)
    if case .notFinite(let parameter) = error,
      let file = files.first(where: { (try? $0.tensors[parameter]?.tensor().isFinite) == false })
    {
      failure = Failure("\(file.path): \(failure.message)", status: failure.status)
    }
    return failure
  }

  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void
  ) throws -> MadeImages {
    // A short batch is filled up with its last image, not run in another shape: the network's
    // results stay the same to the bit.
    let padding = [ImageRequest](
      repeating: requests.last!, count: recipe.batchSize - requests.count)
    let batch = requests + padding
    network.setLabels(batch.map { $0.label ?? 0 })
    let size = recipe.unet.configuration.imageSize
    let steps = sampler.diffusion.count
    let samples: SampledBatch
    do {
      samples = try sampler.sample(
        seeds: batch.map { UInt64($0.seed) }, height: size, width: size, network: network
      ) { done in
        report(StepReport(step: done, of: steps))
      }
    } catch {
      throw Failure(explaining: error)
    }
    var made = MadeImages([])
    for (place, pixels) in PixelConversion.rgb8(samples.images).prefix(requests.count).enumerated()
    {
      let request = requests[place]
      if let fault = samples.notFinite[place] {
        made.notFinite[request.index] = fault
      } else {
        made.finished.append(try encoder.file(pixels, size: size, request))
      }
    }
    return made
  }
}
