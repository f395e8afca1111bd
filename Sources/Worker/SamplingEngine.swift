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
  ///   - ownCopies: what it means when weights cannot be kept there, for the warning.
  ///   - isGrayscale: whether the PNG files are 8-bit grey instead of RGB.
  ///   - note: told what the user should know; all ranks may say the same.
  /// - Throws: `Failure`.
  package convenience init(
    _ recipe: SamplingRecipe, threads: Int, cache: CacheFolder?,
    ownCopies: String = WeightsCache.ownCopies, isGrayscale: Bool = false,
    note: @escaping (String) -> Void
  ) throws {
    do {
      let weights = cache.map {
        WeightsSource(recipe, threads: threads, cache: $0, ownCopies: ownCopies, note: note)
      }
      try self.init(loading: recipe, threads: threads, weights: weights, isGrayscale: isGrayscale)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private init(
    loading recipe: SamplingRecipe, threads: Int, weights: WeightsSource?, isGrayscale: Bool
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

  /// Takes the first steps of a batch, and times them.
  ///
  /// The first step meets cold caches, so it counts only where it is the only one.
  ///
  /// - Parameter budget: begin no further step once this has passed.
  package func timeSteps(for budget: Duration = .seconds(2)) throws -> StepTiming {
    struct EnoughSteps: Error {}
    let size = recipe.unet.configuration.imageSize
    network.setLabels([Int](repeating: 0, count: recipe.batchSize))
    var marks = [ContinuousClock.now]
    do {
      _ = try sampler.sample(
        seeds: (0..<UInt64(recipe.batchSize)).map(\.self), height: size, width: size,
        network: network
      ) { _ in
        marks.append(.now)
        if marks[marks.count - 1] - marks[0] > budget { throw EnoughSteps() }
      }
    } catch is EnoughSteps {
    } catch {
      throw Failure(explaining: error)
    }
    if marks.count > 2 { marks.removeFirst() }
    let seconds = (marks[marks.count - 1] - marks[0]) / .seconds(1)
    return StepTiming(steps: marks.count - 1, seconds: seconds / Double(marks.count - 1))
  }

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
