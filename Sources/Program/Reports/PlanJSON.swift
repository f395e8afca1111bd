import Diffusion
import Job
import Output
import Recipe

/// The facts of `plan` as JSON.
package struct PlanJSON: Encodable {
  private let model: Model
  private let classifier: Classifier?
  private let folder: Folder
  private let format: Format
  private let images: Images
  private let sampling: Sampling
  private let upsamplers: [Upsampler]?
  private let ranks: Ranks
  private let work: Work
  private let time: Time?
  private let launch: Launch
  private let memory: Memory
  private let weights: Weights
  private let disk: Disk
  private let settingsHash: String
  private let planHash: String
  private let warnings: [String]

  package init(_ facts: PlanFacts) {
    let stage = facts.job.recipe.base
    model = Model(
      description: facts.job.modelDescription, path: stage.denoiser.path,
      sha256: stage.denoiser.sha256)
    classifier = stage.classifier.map {
      Classifier(path: $0.source.path, sha256: $0.source.sha256, scale: $0.scale)
    }
    folder = Folder(facts)
    format = Format(facts.job.format)
    images = Images(facts)
    sampling = Sampling(facts.base)
    let later = facts.stages.filter(\.stage.isEnlargement)
    upsamplers = later.isEmpty ? nil : later.map(Upsampler.init)
    ranks = Ranks(count: facts.ranks, threadsEach: facts.team.threads)
    work = Work(facts)
    time = facts.time.map { Time($0, facts) }
    launch = Launch(facts.launch)
    memory = Memory(activationBytesPerRank: facts.cost.activationBytes)
    weights = Weights(facts.weights)
    disk = Disk(facts)
    settingsHash = facts.job.settings
    planHash = facts.job.plan.hash
    warnings = facts.warnings.map { String($0.dropFirst("warning: ".count)) }
  }

  private struct Model: Encodable {
    let description: String
    let path: String
    let sha256: String
  }

  private struct Classifier: Encodable {
    let path: String
    let sha256: String
    let scale: Float
  }

  private struct Folder: Encodable {
    let path: String
    let state: FolderState.Kind
    let existingImages: Int
    let remainingImages: Int
    let refusedBecause: [String]?

    init(_ facts: PlanFacts) {
      path = facts.out
      state = facts.folder.kind
      existingImages = facts.folder.existing
      remainingImages = facts.remaining
      refusedBecause = facts.folder.kind == .refused ? facts.folder.reasons : nil
    }
  }

  private struct Format: Encodable {
    let container: String
    let layout: String?
    let shardSize: Int?
    let isGrayscale: Bool
    let writesNpz: Bool

    init(_ format: OutputFormat) {
      let isTar = format.container == .tar
      container = format.container.rawValue
      layout = isTar ? nil : format.layout.rawValue
      shardSize = isTar ? format.shardSize : nil
      isGrayscale = format.isGrayscale
      writesNpz = format.writesNPZ
    }
  }

  private struct Images: Encodable {
    let count: Int
    let slice: String?
    let firstImage: Int?
    let sidePixels: Int
    let order: String?
    let labelsFile: String?
    let first: [Image]
    let last: [Image]

    init(_ facts: PlanFacts) {
      let plan = facts.job.plan
      count = facts.job.work.count
      slice = facts.job.slice?.text
      firstImage = facts.job.slice == nil ? nil : facts.job.work.indices.lowerBound
      sidePixels = facts.job.recipe.imageSize
      order = plan.order?.rawValue
      labelsFile = plan.labelsFile
      first = facts.listedImages.first.map { Image($0, facts.job) }
      last = facts.listedImages.last.map { Image($0, facts.job) }
    }
  }

  private struct Image: Encodable {
    let fileName: String
    let seed: UInt32
    let label: Int?
    let className: String?

    init(_ request: ImageRequest, _ job: ResolvedJob) {
      fileName = job.catalog.fileName(of: request.index)
      seed = request.seed
      label = request.label
      className = request.label.flatMap { job.classNames?[$0] }
    }
  }

  private struct Sampling: Encodable {
    let sampler: String
    let eta: Float?
    let order: Int?
    let spacing: String?
    let end: String?
    let churn: Double?
    let cfgScale: Float?
    let guide: String?
    let guideScale: Float?
    let guidanceInterval: [Double]?
    let threshold: String
    let steps: Int
    let evaluations: Int
    let timesteps: [Double]
    let clipsDenoised: Bool
    let batchSize: Int
    let precision: String

    init(_ facts: StageFacts) {
      let stage = facts.stage
      sampler = stage.solver.method.name.rawValue
      eta = SolverSettings.Name.withEta.contains(stage.solver.method.name) ? stage.solver.eta : nil
      order = stage.solver.order
      spacing = stage.solver.multistep?.spacing?.rawValue
      end = stage.solver.multistep?.end.rawValue
      churn = stage.solver.churn?.amount
      cfgScale = stage.classifierFreeScale
      guide = stage.guide?.source.path
      guideScale = stage.guide?.scale
      guidanceInterval = stage.guidanceInterval.map { [$0.lowest, $0.highest] }
      threshold = stage.thresholdText
      steps = facts.timesteps.count
      evaluations = facts.evaluations
      timesteps = facts.timesteps.reversed()
      clipsDenoised = stage.clipsDenoised
      batchSize = stage.batchSize
      precision = stage.precision.rawValue
    }
  }

  private struct Upsampler: Encodable {
    let path: String
    let sha256: String
    let inputSidePixels: Int?
    let sidePixels: Int
    let classifier: Classifier?
    let sampling: Sampling

    init(_ facts: StageFacts) {
      path = facts.stage.denoiser.path
      sha256 = facts.stage.denoiser.sha256
      inputSidePixels = facts.inputSide
      sidePixels = facts.stage.imageSide
      classifier = facts.stage.classifier.map {
        Classifier(path: $0.source.path, sha256: $0.source.sha256, scale: $0.scale)
      }
      sampling = Sampling(facts)
    }
  }

  private struct Ranks: Encodable {
    let count: Int
    let threadsEach: Int
  }

  private struct Work: Encodable {
    let batches: Int
    let networkEvaluations: Int
    let classifierEvaluations: Int
    let flopsPerImage: Double

    init(_ facts: PlanFacts) {
      batches = facts.batches
      let stages = facts.stages.map { ($0, batches: $0.batches(forImages: facts.remaining)) }
      networkEvaluations = stages.reduce(0) { $0 + $1.batches * $1.0.evaluations }
      classifierEvaluations = stages.reduce(0) { sum, stage in
        sum + (stage.0.stage.classifier == nil ? 0 : stage.batches * stage.0.guidedEvaluations)
      }
      flopsPerImage = facts.flopsPerImage
    }
  }

  private struct Time: Encodable {
    let source: String
    let timedSteps: Int?
    let secondsPerImage: Double
    /// The part of an image's time that the decoders take, or `nil` without any.
    let decoderSecondsPerImage: Double?
    let secondsPerBatch: Double
    let seconds: Double
    let cpuSeconds: Double
    let signalLeadSeconds: Int

    init(_ time: PlanFacts.Time, _ facts: PlanFacts) {
      switch time.source {
      case .measured(let steps): (source, timedSteps) = ("measured", steps)
      case .lastRun: (source, timedSteps) = ("last_run", nil)
      }
      secondsPerBatch = time.estimate.secondsPerBatch
      secondsPerImage = secondsPerBatch / Double(facts.job.recipe.batchSize)
      decoderSecondsPerImage = time.decoderSeconds
      seconds = time.estimate.seconds
      cpuSeconds = time.estimate.processorSeconds
      signalLeadSeconds = time.estimate.signalLead
    }
  }

  private struct Launch: Encodable {
    let command: String
    let nodes: Int
    let ranksPerNode: Int
    let threadsEach: Int
    let reason: String

    init(_ launch: LaunchAdvice) {
      command = launch.command
      nodes = launch.nodes
      ranksPerNode = launch.ranksPerNode
      threadsEach = launch.threads
      reason = launch.reason
    }
  }

  private struct Memory: Encodable {
    let activationBytesPerRank: Int
  }

  private struct Weights: Encodable {
    let cache: String?
    let bytes: Int
    let networks: [Network]

    struct Network: Encodable {
      let path: String
      let bytes: Int
      let packedForThreads: [Int]
    }

    init(_ weights: PackedState) {
      cache = weights.cache?.path
      bytes = weights.bytes
      networks = weights.networks.map {
        Network(path: $0.path, bytes: $0.bytes, packedForThreads: $0.packedThreads)
      }
    }
  }

  private struct Disk: Encodable {
    let bytes: Int
    let bytesPerImage: Int
    let files: Int
    let freeBytes: Int?
    let freeFiles: Int?

    init(_ facts: PlanFacts) {
      bytes = facts.disk.bytes
      bytesPerImage = facts.disk.bytesPerImage
      files = facts.disk.files
      freeBytes = facts.room?.bytes
      freeFiles = facts.room?.files
    }
  }
}
