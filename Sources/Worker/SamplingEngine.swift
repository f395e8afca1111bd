import Cache
import Compute
import Diffusion
import Job
import Recipe

/// Samples batches of images with the networks of a recipe: what each rank computes.
///
/// Made, used and left on one thread.
package final class SamplingEngine: ImageMaker {
  private let recipe: SamplingRecipe
  private let encoder: ImageEncoder
  private let stage: StageRunner

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
        WeightsSource(threads: threads, cache: $0, ownCopies: ownCopies, note: note)
      }
      try self.init(loading: recipe, threads: threads, weights: weights, isGrayscale: isGrayscale)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private init(
    loading recipe: SamplingRecipe, threads: Int, weights: WeightsSource?, isGrayscale: Bool
  ) throws {
    guard recipe.base.precision == .f32 || Processor.canComputeBF16 else {
      throw Failure(
        "this processor (\(Processor.instructionSet)) cannot compute in bf16: use --precision f32",
        status: .usage)
    }
    self.recipe = recipe
    encoder = ImageEncoder(settingsHash: recipe.hash, isGrayscale: isGrayscale)
    stage = try StageRunner(recipe.base, threads: threads) { source in
      weights?.constants(source, for: recipe.base) ?? PrivateConstants()
    }
  }

  /// Memory of activations and scratch, in bytes; packed weights come on top.
  package var workingBytes: Int { stage.workingBytes }

  /// Takes the first steps of a batch, and times them.
  ///
  /// The first step meets cold caches, so it counts only where it is the only one.
  ///
  /// - Parameter budget: begin no further step once this has passed.
  package func timeSteps(for budget: Duration = .seconds(2)) throws -> StepTiming {
    struct EnoughSteps: Error {}
    let label = Label(recipe.classCount.map { _ in 0 })
    var marks = [ContinuousClock.now]
    do {
      _ = try stage.sample(
        seeds: (0..<UInt64(recipe.batchSize)).map(\.self),
        labels: [Label](repeating: label, count: recipe.batchSize)
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

  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void
  ) throws -> MadeImages {
    // A short batch is filled up with its last image, not run in another shape: the network's
    // results stay the same to the bit.
    let padding = [ImageRequest](
      repeating: requests.last!, count: recipe.batchSize - requests.count)
    let batch = requests + padding
    let samples: SampledBatch
    do {
      samples = try stage.sample(
        seeds: batch.map { UInt64($0.seed) }, labels: batch.map { Label($0.label) }
      ) { done in
        report(StepReport(step: done, of: stage.stepCount))
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
        made.finished.append(try encoder.file(pixels, size: recipe.imageSize, request))
      }
    }
    return made
  }
}
