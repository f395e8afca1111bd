import Cache
import Compute
import Diffusion
import Job
import Recipe

/// Samples batches of images with the networks of a recipe. Each rank has one engine.
///
/// It is created, used and released on one thread.
package final class SamplingEngine: ImageMaker {
  private let recipe: SamplingRecipe
  private let encoder: ImageEncoder
  private let trajectories: Set<Int>
  private let stage: StageRunner

  /// Prepares the networks: lays out memory, creates primitives, and packs weights unless they are in
  /// the cache.
  ///
  /// - Parameters:
  ///   - threads: the number of threads to compute with.
  ///   - cache: the folder of packed weights that ranks share. Without it, each rank has its own copy.
  ///   - ownCopies: what it costs if weights cannot be shared, for the warning.
  ///   - sharing: the packed weights that the ranks pass to each other.
  ///   - isGrayscale: whether the PNG files are 8-bit grey instead of RGB.
  ///   - trajectories: the indices of the images whose trajectories are drawn.
  ///   - note: receives messages for the user. All ranks may send the same message.
  /// - Throws: the errors of the networks, their files and their settings.
  package init(
    _ recipe: SamplingRecipe, threads: Int, cache: CacheFolder?,
    ownCopies: String = PackedCache.ownCopies, sharing: PackedSharing? = nil,
    isGrayscale: Bool = false, trajectories: Set<Int> = [],
    note: @escaping (CacheMessage) -> Void
  ) throws {
    guard recipe.base.precision == .f32 || Processor.canComputeBF16 else {
      throw ComputeError.noBF16(instructions: Processor.instructionSet)
    }
    let weights = cache.map {
      PackedConstants(
        threads: threads, cache: $0, ownCopies: ownCopies, sharing: sharing, note: note)
    }
    self.recipe = recipe
    self.trajectories = trajectories
    encoder = ImageEncoder(settingsHash: recipe.hash, isGrayscale: isGrayscale)
    stage = try StageRunner(recipe.base, threads: threads) { source in
      weights?.constants(source, for: recipe.base) ?? PrivateConstants()
    }
    sharing?.close()
  }

  /// The memory of activations and scratch in bytes, without packed weights.
  package var workingBytes: Int { stage.workingBytes }

  /// Runs and times the first steps of a batch.
  ///
  /// The first step runs with cold caches, so it counts only if it is the only one.
  ///
  /// - Parameter budget: the time after which no further step is started.
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
    } catch is EnoughSteps {}
    if marks.count > 2 { marks.removeFirst() }
    let seconds = (marks[marks.count - 1] - marks[0]) / .seconds(1)
    return StepTiming(steps: marks.count - 1, seconds: seconds / Double(marks.count - 1))
  }

  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void
  ) throws -> MadeImages {
    // A short batch is padded with its last image instead of running in another shape, so that the
    // results of the network are bit-identical.
    let padding = [ImageRequest](
      repeating: requests.last!, count: recipe.batchSize - requests.count)
    let batch = requests + padding
    let recorded = requests.indices.filter { trajectories.contains(requests[$0].index) }
    var recording: RecordingDenoiser?
    let samples = try stage.sample(
      seeds: batch.map { UInt64($0.seed) }, labels: batch.map { Label($0.label) }
    ) { denoiser in
      guard !recorded.isEmpty else { return denoiser }
      let wrapper = RecordingDenoiser(
        denoiser, images: recorded,
        evaluations: TrajectoryPicture.evaluations(of: stage.evaluationCount))
      recording = wrapper
      return wrapper
    } progress: { done in
      report(StepReport(step: done, of: stage.stepCount))
    }
    var made = MadeImages([])
    for (place, (request, image)) in zip(requests, samples.images.pictures).enumerated() {
      if let fault = samples.notFinite[place] {
        made.notFinite[request.index] = fault
      } else {
        var finished = try encoder.file(image, request)
        finished.trajectory = try recording?.moments[place].map {
          let picture = TrajectoryPicture($0, image: image)
          return [UInt8](try picture.png(text: encoder.text(request)))
        }
        made.finished.append(finished)
      }
    }
    return made
  }
}
