import Arguments
import Cache
import Diffusion
import Job
import Machine
import Model
import Output

/// A request for a job: the options that determine the images and how they are saved, before
/// defaults are filled in.
package struct JobRequest: Sendable {
  /// The files of the networks and how to read them.
  package struct Networks: Sendable {
    /// The path of a checkpoint, or the name of a bundled model. Empty for none, to decode latents with
    /// a first stage of its own.
    package var model: String
    package var modelFlags: String?
    package var modelKey: String?
    /// The preset whose settings the model has, or `nil` to find it by architecture and file name.
    package var preset: String?
    /// The settings of a latent diffusion checkpoint, a .yaml file.
    package var config: String?
    /// The autoencoder of the model's latents: a file or a folder, or `nil` for the one in the model's
    /// file.
    package var firstStage: String?
    /// The family of a transformer, or `nil` to find it by file name.
    package var family: TransformerFamily?
    package var classifier: String?
    package var classifierFlags: String?
    package var classifierKey: String?
    package var classifierScale: Float?
    /// The class that stands for no class, if the model was trained with one.
    package var nullClass: Int?
    /// The scale of classifier-free guidance with the null class.
    package var cfgScale: Float?
    /// The checkpoint of a second denoiser that guides.
    package var guide: String?
    package var guideFlags: String?
    package var guideKey: String?
    package var guideScale: Float?

    package init(model: String) { self.model = model }
  }

  /// The sampler and its settings.
  package struct Sampling: Sendable {
    package var sampler: SolverSettings.Name?
    package var steps: String?
    package var eta: Float?
    package var solver = SolverOptions()
    package var clipsDenoised: Bool?
    package var threshold: Threshold.Kind?
    /// The quantile of a dynamic threshold.
    package var thresholdPercentile: Double?
    package var guidanceInterval: GuidanceLevels?
    package var batchSize: Int?
    package var precision = PrecisionChoice.auto
    /// A file with one class name per line, or `none`.
    package var classNames: String?

    package init() {}
  }

  /// The noise levels at which images are guided.
  package enum GuidanceLevels: Sendable {
    case all
    /// A range of σ̂.
    case range(ClosedRange<Double>)
  }

  /// The settings that only some solvers have, or `nil` for their defaults.
  package struct SolverOptions: Sendable {
    package var order: Int?
    package var spacing: NodeSpacing?
    package var end: Grid.End?
    package var lowersOrderAtEnd: Bool?
    /// EDM's S_churn, its range of σ̂, and S_noise.
    package var churn: Double?
    package var churnRange: ClosedRange<Double>?
    package var churnNoise: Double?

    package init() {}
  }

  /// A network that enlarges the images of the stage before, and how it is sampled.
  package struct Upsampler: Sendable {
    /// The upsampler as the model, and its classifier.
    package var networks: Networks
    package var sampling = Sampling()

    package init(networks: Networks) { self.networks = networks }
  }

  package var networks: Networks
  /// The networks that enlarge the model's images, in order.
  package var upsamplers: [Upsampler] = []
  /// Images that exist, for the first upsampler. The model is then ignored.
  package var baseSamples: String?
  /// Latents that exist, to decode. The model, if any, only gives its first stage.
  package var latents: String?
  /// The factor of these latents, or `nil` for that of the file of the first stage.
  package var latentScale: Double?
  package var images = PlanOptions()
  /// The part of the plan to generate, or `nil` for all of it.
  package var slice: PlanSlice?
  package var sampling = Sampling()
  package var format: OutputFormat
  /// Notes on how options of other programs were read, one per line.
  package var notes: [String] = []

  package init(networks: Networks, format: OutputFormat) {
    self.networks = networks
    self.format = format
  }
}

/// The output folder and the way in which a job runs. The images do not depend on them.
package struct RunSettings: Sendable {
  /// The output folder.
  package var out: String
  package var cache: CacheLocation
  /// Whether the images of an earlier job in the folder are deleted.
  package var overwrites = false
  /// Whether existing images are checked completely before the job is resumed.
  package var verifies = false
  /// Whether every rank writes its images itself, instead of rank 0.
  package var ranksWrite = false
  /// The threads of each rank, or `nil` for its share of the CPUs.
  package var threads: Int?
  package var pinning: ThreadAssignment.Pinning?
  package var lease = Lease(.seconds(30))
  /// How long finished images are kept in memory while the folder cannot be written.
  package var diskPatience = Duration.seconds(600)
  /// The widest instruction set to use, or `nil` for that of each processor.
  package var instructionSet: String?
  /// The time limit, or `nil` for that of the batch system.
  package var timeLimit: TimeLimit?
  /// The images whose trajectories are drawn: a number of first images, or a list of indices.
  package var trajectory: String?
  /// The file for Prometheus.
  package var metrics: String?
  /// Milliseconds in which each image is painted instead of sampled, for tests.
  package var painting: Double?
  package var isVerbose = false
  package var isQuiet = false

  package init(out: String, cache: CacheLocation) {
    self.out = out
    self.cache = cache
  }

  /// Returns the threads of each rank, by rank.
  package func teams(_ placements: [Placement]) -> [ThreadAssignment] {
    zip(ProcessorShare.all(of: placements), placements).map { share, placement in
      ThreadAssignment(share, at: placement, threads: threads, pinning: pinning)
    }
  }
}
