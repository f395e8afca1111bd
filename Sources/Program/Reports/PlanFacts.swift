import Cache
import Job
import Machine
import Output
import Worker

/// The facts that `plan` shows about a job, as text or as JSON.
package struct PlanFacts {
  package let job: ResolvedJob
  /// The output folder of the job.
  package let out: String
  package let folder: FolderState
  package let ranks: Int
  /// The threads of each rank.
  package let team: ThreadAssignment
  package let cost: NetworkCost
  package let weights: PackedState
  /// How to start the job on this machine, or in this batch job.
  package let launch: LaunchAdvice
  package let disk: DiskEstimate
  /// `nil` if the file system does not report it.
  package let room: DiskRoom?
  package let stages: [StageFacts]
  /// `nil` if nothing was timed.
  package var time: Time?
  /// The reason why nothing was timed.
  package var notTimed: String?

  /// The duration of the job, and the source of the estimate.
  package struct Time {
    package enum Source {
      case measured(steps: Int)
      case lastRun(FolderState.LastRun)
    }

    package let source: Source
    package let estimate: JobEstimate
    /// The part of the time of an image that the decoders take, in seconds; `nil` without any, or if it
    /// was not measured.
    package var decoderSeconds: Double?
  }

  /// The number of images that are listed at each end of the plan.
  private static let listedImages = 5
  /// The floating-point operations of a batch below which threads mostly wait for each other.
  private static let smallBatch = 1e11

  package init(
    _ job: ResolvedJob, out: String, overwrite: Bool, cache: CacheFolder?, ranks: Int,
    team: ThreadAssignment
  ) {
    self.job = job
    self.out = SliceFolders.path(of: job.slice, in: out)
    self.ranks = ranks
    self.team = team
    folder = FolderState(out, job, overwrite: overwrite)
    cost = NetworkCost(job.recipe)
    weights = PackedState(job.recipe, cost, cache)
    room = DiskRoom(at: out)
    disk = DiskEstimate(
      images: folder.remaining(of: job.work.count), total: job.work.count,
      side: job.recipe.imageSize, format: job.catalog.format,
      meanBytes: folder.kind == .refused ? nil : folder.meanBytes,
      blockSize: room?.blockSize ?? 4096)
    let (recipe, isShared, placement) = (job.recipe, cache != nil, Placement.current)
    let memory = HostMemory(
      host: placement.host, ranks: .max, memory: placement.memory,
      addressSpace: placement.addressSpace)
    let remaining = folder.remaining(of: job.work.count)
    launch = LaunchAdvice(
      LaunchAdvice.Processors(
        shape: .ofThisProcess, quota: placement.quota, batch: .current),
      batches: (remaining + recipe.batchSize - 1) / recipe.batchSize,
      isSmall: cost.largestEvaluation * Double(recipe.batchSize) < Self.smallBatch
    ) { threads in
      memory.mostRanks(MemoryEstimate(recipe, threads: threads, sharesWeights: isShared))
    }
    stages = recipe.stages.enumerated().map { [cost] index, stage in
      StageFacts(stage, index: index, cost, inputSide: recipe.inputSide(ofStage: index))
    }
  }

  package var remaining: Int { folder.remaining(of: job.work.count) }
  package var batches: Int { (remaining + job.recipe.batchSize - 1) / job.recipe.batchSize }
  package var base: StageFacts { stages[0] }

  package var flopsPerImage: Double { stages.reduce(0) { $0 + $1.flopsPerImage } }

  /// Returns the time of a batch from the time of a step of each stage.
  package func secondsPerBatch(_ timings: [StepTiming]) -> Double {
    zip(stages, timings).reduce(0) { sum, pair in
      sum + pair.0.seconds(forImages: job.recipe.batchSize, pair.1)
    }
  }

  package func estimate(secondsPerBatch: Double) -> JobEstimate {
    JobEstimate(
      secondsPerBatch: secondsPerBatch, images: remaining, batchSize: job.recipe.batchSize,
      ranks: ranks, threads: team.threads)
  }

  /// The first and the last images of the plan.
  package var listedImages: (first: [ImageRequest], last: [ImageRequest]) {
    let indices = job.work.indices
    let head = indices.prefix(Self.listedImages)
    let tail = indices[head.endIndex...].suffix(Self.listedImages)
    return (head.map { job.work[$0] }, tail.map { job.work[$0] })
  }

  /// Warnings about likely problems.
  package var warnings: [String] {
    let load = HostLoad(
      host: team.host, ranks: ranks, threads: ranks * team.threads,
      usable: ranks * team.threads, available: ranks * team.threads)
    let work = StartWarnings.Work(
      images: remaining, batchSize: job.recipe.batchSize,
      isBatchSizeFixed: [.resumable, .growing].contains(folder.kind),
      ownWeights: weights.cache == nil ? weights.bytes : nil)
    let shortage = room?.shortage(disk).map { "warning: \($0)" }
    let jobs = job.notes.filter(Console.isWarning)
    return jobs + [shortage].compactMap(\.self) + StartWarnings([load], work).all
  }
}
