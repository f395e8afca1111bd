import Cache
import Compute
import Diffusion
import Job
import Model
import Output
import Recipe

/// Samples batches of images with the networks of a recipe. Each rank has one engine.
///
/// It is created, used and released on one thread.
package final class SamplingEngine: ImageMaker {
  private let recipe: SamplingRecipe
  private let encoder: ImageEncoder
  /// The encoder of the base stage's images, if they are kept.
  private let baseEncoder: ImageEncoder?
  private let trajectories: Set<Int>
  private let samples: SampleCollection?
  private let stages: [StageRunner]
  /// The memory of activations, which all networks share because only one runs at a time.
  private let activations: AlignedBuffer

  /// Prepares the networks: lays out memory, creates primitives, and packs weights unless they are in
  /// the cache.
  ///
  /// - Parameters:
  ///   - threads: the number of threads to compute with.
  ///   - cache: the folder of packed weights that ranks share. Without it, each rank has its own copy.
  ///   - ownCopies: what it costs if weights cannot be shared, for the warning.
  ///   - sharing: the packed weights that the ranks pass to each other.
  ///   - isGrayscale: whether the PNG files are 8-bit grey instead of RGB.
  ///   - keepsBase: whether the images of the base stage are finished too.
  ///   - trajectories: the indices of the images whose trajectories are drawn.
  ///   - note: receives messages for the user. All ranks may send the same message.
  /// - Throws: the errors of the networks, their files and their settings.
  package init(
    _ recipe: SamplingRecipe, threads: Int, cache: CacheFolder?,
    ownCopies: String = PackedCache.ownCopies, sharing: PackedSharing? = nil,
    isGrayscale: Bool = false, keepsBase: Bool = false, trajectories: Set<Int> = [],
    note: @escaping (CacheMessage) -> Void
  ) throws {
    try recipe.checkProcessor()
    let weights = cache.map {
      PackedConstants(
        threads: threads, cache: $0, ownCopies: ownCopies, sharing: sharing, note: note)
    }
    self.recipe = recipe
    self.trajectories = trajectories
    encoder = ImageEncoder(settingsHash: recipe.hash, isGrayscale: isGrayscale)
    baseEncoder =
      keepsBase
      ? ImageEncoder(settingsHash: recipe.ofBase.hash, isGrayscale: isGrayscale) : nil
    samples = try recipe.samples.map { try SampleCollection(opening: $0.path) }
    let activations = try AlignedBuffer(byteCount: recipe.activationBytes)
    self.activations = activations
    stages = try recipe.stages.map { stage in
      try StageRunner(stage, threads: threads, activations: activations) { source, run in
        weights?.constants(source, run) ?? PrivateConstants()
      }
    }
    sharing?.close()
  }

  /// The memory of activations and scratch in bytes, without packed weights.
  package var workingBytes: Int {
    stages.reduce(activations.byteCount) { $0 + $1.workingBytes }
  }

  /// Runs and times the first steps of a batch of each stage.
  ///
  /// The first step runs with cold caches, so it counts only if it is the only one.
  ///
  /// - Parameter budget: the time after which no further step of a stage is started.
  package func timeSteps(for budget: Duration = .seconds(2)) throws -> [StepTiming] {
    struct EnoughSteps: Error {}
    let label = Label(recipe.classCount.map { _ in 0 })
    return try stages.enumerated().map { index, stage in
      var marks = [ContinuousClock.now]
      let blank = recipe.inputSide(ofStage: index).map { RGBImage(width: $0, height: $0, grey: 0) }
      let batch = ImageBatch(
        seeds: (0..<UInt64(stage.batchSize)).map(\.self),
        labels: [Label](repeating: label, count: stage.batchSize),
        pictures: blank.map { [RGBImage](repeating: $0, count: stage.batchSize) } ?? [])
      do {
        _ = try stage.sample(batch) { _ in
          marks.append(.now)
          if marks[marks.count - 1] - marks[0] > budget { throw EnoughSteps() }
        }
      } catch is EnoughSteps {}
      if marks.count > 2 { marks.removeFirst() }
      let seconds = (marks[marks.count - 1] - marks[0]) / .seconds(1)
      return StepTiming(
        steps: marks.count - 1, seconds: seconds / Double(marks.count - 1),
        decoderSeconds: try stage.timeDecoder())
    }
  }

  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite] {
    var counter = StepCounter(stages, imageCount: requests.count)
    var images = try requests.map { request in
      ImageInProgress(
        request, picture: try samples.map { try $0.image(at: $0.indices[request.index]) })
    }
    var notFinite: [Int: NotFinite] = [:]
    for number in stages.indices {
      var left: [ImageInProgress] = []
      for batch in images.batches(of: stages[number].batchSize) {
        try sample(batch, stage: number) {
          report(counter.next())
        } image: { image, fault in
          if let fault {
            notFinite[image.request.index] = fault
          } else if number == stages.count - 1 {
            try finish(file(image))
          } else {
            left.append(try keepingBase(image, ofStage: number))
          }
        }
      }
      images = left
    }
    return notFinite
  }

  /// Runs a stage on one batch.
  ///
  /// A short batch is padded with its last image instead of running in another shape, so that the
  /// results of the network are bit-identical.
  ///
  /// - Parameters:
  ///   - stepDone: called after each step.
  ///   - image: called with each image of the batch, and with its fault if it is not finite.
  private func sample(
    _ images: ArraySlice<ImageInProgress>, stage number: Int, stepDone: () -> Void,
    image: (ImageInProgress, NotFinite?) throws -> Void
  ) throws {
    let stage = stages[number]
    let padded = images + repeatElement(images.last!, count: stage.batchSize - images.count)
    let batch = ImageBatch(
      seeds: padded.map { recipe.noiseSeed($0.request.seed, stage: number) },
      labels: padded.map { Label($0.request.label) }, pictures: padded.compactMap(\.picture))
    let recorded = images.indices.filter {
      number == stages.count - 1 && trajectories.contains(images[$0].request.index)
    }.map { $0 - images.startIndex }
    var recording: RecordingDenoiser?
    let samples = try stage.sample(batch) { denoiser in
      guard !recorded.isEmpty else { return denoiser }
      let wrapper = RecordingDenoiser(
        denoiser, images: recorded,
        evaluations: TrajectoryPicture.evaluations(of: stage.evaluationCount))
      recording = wrapper
      return wrapper
    } progress: { _ in
      stepDone()
    }
    let pictures = samples.pictures
    for (place, earlier) in images.enumerated() {
      var made = earlier
      made.picture = pictures[place]
      made.moments = recording?.moments[place]
      try image(made, samples.notFinite[place])
    }
  }

  /// Returns an image with the file of its picture, if that is the one of the base stage and is kept.
  private func keepingBase(_ image: ImageInProgress, ofStage number: Int) throws -> ImageInProgress
  {
    guard number == 0, let baseEncoder else { return image }
    var image = image
    image.base = try baseEncoder.png(image.picture!, image.request)
    return image
  }

  private func file(_ image: ImageInProgress) throws -> FinishedImage {
    var finished = FinishedImage(
      index: image.request.index, png: try encoder.png(image.picture!, image.request))
    finished.base = image.base
    finished.trajectory = try image.moments.map {
      let picture = TrajectoryPicture(
        $0, image: image.picture!, show: stages[stages.count - 1].picture)
      return [UInt8](try picture.png(text: encoder.text(image.request)))
    }
    return finished
  }
}

/// An image on its way through the stages of a recipe.
private struct ImageInProgress {
  let request: ImageRequest
  /// The image of the stage before, if there is one.
  var picture: RGBImage?
  /// The file of the base stage's image, if it is kept.
  var base: [UInt8]?
  /// What was recorded of the last stage.
  var moments: [RecordingDenoiser.Moment]?

  init(_ request: ImageRequest, picture: RGBImage?) {
    self.request = request
    self.picture = picture
  }
}

/// Counts the steps that a batch of images takes in all stages.
private struct StepCounter {
  private let total: Int
  private var done = 0

  init(_ stages: [StageRunner], imageCount: Int) {
    total = stages.reduce(0) { sum, stage in
      sum + (imageCount + stage.batchSize - 1) / stage.batchSize * stage.stepCount
    }
  }

  mutating func next() -> StepReport {
    done += 1
    return StepReport(step: done, of: total)
  }
}

extension Array {
  /// Returns consecutive parts of at most `size` elements.
  fileprivate func batches(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}

extension SamplingRecipe {
  /// The bytes of activations of the largest network. All networks share this memory.
  package var activationBytes: Int {
    networks.map { role, source in
      let run = run(of: role)
      return GraphSize(source.architecture.graph(batch: run.batchSize, type: run.precision))
        .activations
    }.max() ?? 0
  }

  /// - Throws: `ComputeError` unless this processor can compute in the precisions of all networks.
  func checkProcessor() throws(ComputeError) {
    guard networks.allSatisfy({ run(of: $0.role).precision == .f32 }) || Processor.canComputeBF16
    else { throw .noBF16(instructions: Processor.instructionSet) }
  }
}
