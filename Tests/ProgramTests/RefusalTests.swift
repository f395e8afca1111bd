import Arguments
import Cache
import Diffusion
import Foundation
import Job
import Output
import Program
import TestSupport
import Testing

/// Requests that are refused before the folder is opened or any weight is loaded.
@Suite("Requests that cannot be obeyed") struct RefusalTests {
  /// A change to a request for five images of the bundled model, and the resulting error.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let status: Int32
    /// Parts of the error.
    let says: [String]
    let change: @Sendable (inout JobRequest) -> Void

    init(_ status: Int32, says: String..., change: @escaping @Sendable (inout JobRequest) -> Void) {
      self.status = status
      self.says = says
      self.change = change
    }

    var testDescription: String { "\(status): \(says.joined(separator: ", "))" }
  }

  /// Returns the path of a file in the folder of bad files.
  private static func file(_ name: String) -> String {
    let folder = try? BadFiles.folder()
    return folder!.appending(path: name).path
  }

  /// Changes the model to a file that is described by the bundled model's flags.
  private static func model(_ name: String, key: String? = nil)
    -> @Sendable (inout JobRequest) ->
    Void
  {
    {
      $0.networks.model = file(name)
      $0.networks.modelFlags = Bundled.modelFlags
      $0.networks.modelKey = key
    }
  }

  /// Changes the classifier to a file.
  private static func classifier(
    _ name: String, flags: String = Bundled.classifierFlags
  ) -> @Sendable (inout JobRequest) -> Void {
    {
      $0.networks.classifier = file(name)
      $0.networks.classifierFlags = flags
    }
  }

  static let images = [
    Refusal(64, says: "--classes: class 10 does not exist", "0 to 9") { $0.images.classes = "10" },
    Refusal(64, says: "--classes: 'sneeker'", "did you mean 'sneaker'") {
      $0.images.classes = "sneeker"
    },
    Refusal(64, says: "--classes: '-1'") { $0.images.classes = "-1" },
    Refusal(64, says: "--labels", "12", "0 to 9") { $0.images.labels = "0,12,3" },
    Refusal(64, says: "--seeds", "4294967295") { $0.images = PlanOptions(seeds: "4294967296") },
    Refusal(64, says: "--seeds: '-1'") { $0.images = PlanOptions(seeds: "-1") },
    Refusal(64, says: "3 labels", "is 1 seed (--seeds)") {
      $0.images = PlanOptions(labels: "0,1,2", seeds: "7")
    },
    Refusal(64, says: "--classes and --labels") {
      $0.images.labels = "0"
      $0.images.classes = "1"
    },
    Refusal(64, says: "--num-samples", "at least 1") { $0.images.numSamples = 0 },
  ]

  static let sampling = [
    Refusal(64, says: "--steps", "ddim36 / ddim38") { $0.sampling.steps = "ddim37" },
    Refusal(64, says: "--steps", "'abc'", "ddim25") { $0.sampling.steps = "abc" },
    Refusal(64, says: "--steps", "1000") {
      $0.sampling.sampler = .ddpm
      $0.sampling.steps = "1001"
    },
    Refusal(64, says: "--steps", "section 3 of 3", "333") { $0.sampling.steps = "10,10,999" },
    Refusal(64, says: "--steps", "','") { $0.sampling.steps = "," },
    Refusal(64, says: "--batch-size is 0", "from 1") { $0.sampling.batchSize = 0 },
    Refusal(64, says: "--eta is 2", "from 0 to 1") { $0.sampling.eta = 2 },
    Refusal(64, says: "--eta belongs to ddim and dpmpp-2m") {
      $0.sampling.eta = 0.5
      $0.sampling.sampler = .ddpm
    },
    Refusal(64, says: "--classifier-scale is nan") { $0.networks.classifierScale = .nan },
    Refusal(66, says: "--class-names absent.txt", "no such") {
      $0.sampling.classNames = file("absent.txt")
    },
    Refusal(65, says: "2 names", "10 classes") { $0.sampling.classNames = file("names.txt") },
    Refusal(65, says: "UTF-8") { $0.sampling.classNames = file("names-latin1.txt") },
    Refusal(65, says: "UTF-16") { $0.sampling.classNames = file("names-utf16.txt") },
    Refusal(65, says: "/dev/zero: has more than") { $0.sampling.classNames = "/dev/zero" },
    Refusal(66, says: "taken: cannot be read: is a folder") {
      $0.sampling.classNames = file("taken")
    },
  ]

  /// Requests for a solver with 20 steps.
  private static func solver(
    _ name: SolverSettings.Name, _ change: @escaping @Sendable (inout JobRequest) -> Void
  ) -> @Sendable (inout JobRequest) -> Void {
    {
      $0.sampling.sampler = name
      $0.sampling.steps = "20"
      change(&$0)
    }
  }

  static let solvers = [
    Refusal(
      64, says: "--steps", "'ddim25'", "number of steps",
      change: solver(.dpmpp2M) {
        $0.sampling.solver.spacing = .karras
        $0.sampling.steps = "ddim25"
      }),
    Refusal(
      64, says: "--steps", "heun needs a number of steps",
      change: solver(.heun) { $0.sampling.steps = "10,10" }),
    Refusal(64, says: "--steps", "2 to 10000", change: solver(.uniPC) { $0.sampling.steps = "1" }),
    Refusal(
      64, says: "--solver-order", "order 3 needs at least 3 steps, not 2",
      change: solver(.uniPC) {
        $0.sampling.solver.order = 3
        $0.sampling.steps = "2"
      }),
    Refusal(
      64, says: "--solver-order", "choose 1, 2 or 3",
      change: solver(.uniPC) { $0.sampling.solver.order = 4 }),
    Refusal(
      64, says: "--solver-order belongs to unipc",
      change: solver(.dpmpp2M) { $0.sampling.solver.order = 2 }),
    Refusal(
      64, says: "--spacing belongs to dpmpp-2m and unipc", "--sampler dpmpp-2m",
      change: solver(.ddim) { $0.sampling.solver.spacing = .logSNR }),
    Refusal(
      64, says: "--final belongs to",
      change: solver(.heun) { $0.sampling.solver.end = .sigmaMin }),
    Refusal(
      64, says: "--churn belongs to heun",
      change: solver(.uniPC) { $0.sampling.solver.churn = 1 }),
    Refusal(
      64, says: "--churn-range needs --churn",
      change: solver(.heun) { $0.sampling.solver.churnRange = 1...2 }),
    Refusal(
      64, says: "numbers of 0 or more", change: solver(.heun) { $0.sampling.solver.churn = -1 }),
    Refusal(
      64, says: "--threshold belongs to", change: solver(.ddpm) { $0.sampling.threshold = .fixed }),
    Refusal(
      64, says: "--threshold-percentile belongs to --threshold dynamic",
      change: solver(.uniPC) {
        $0.sampling.threshold = .fixed
        $0.sampling.thresholdPercentile = 0.9
      }),
    Refusal(
      64, says: "--threshold-percentile is 1.5", "from 0 to 1",
      change: solver(.uniPC) { $0.sampling.thresholdPercentile = 1.5 }),
  ]

  static let guidance = [
    Refusal(64, says: "--guidance-interval is empty") {
      $0.sampling.guidanceInterval = .range(2...2)
    },
    Refusal(64, says: "--guidance-interval contains none", "which are from") {
      $0.sampling.guidanceInterval = .range(1e6...1e7)
    },
    Refusal(64, says: "--guidance-interval needs guidance", "--guide") {
      $0.networks.classifierScale = 0
      $0.sampling.guidanceInterval = .range(1...2)
    },
    Refusal(64, says: "--cfg-scale needs a model with a null class", "--null-class", "--guide") {
      $0.networks.cfgScale = 2
    },
    Refusal(64, says: "--null-class 10", "classes 0 to 9") { $0.networks.nullClass = 10 },
    Refusal(64, says: "--cfg-scale is nan") { $0.networks.cfgScale = .nan },
    Refusal(64, says: "--guide needs a strength", "--guide-scale") {
      $0.networks.guide = file("unet.safetensors")
    },
    Refusal(64, says: "--guide-scale needs a second network") { $0.networks.guideScale = 2 },
    Refusal(64, says: "--cfg-scale and --guide both") {
      $0.networks.cfgScale = 2
      $0.networks.guide = file("unet.safetensors")
      $0.networks.guideScale = 2
    },
    Refusal(66, says: "absent.pt: no such file") {
      $0.networks.guide = file("absent.pt")
      $0.networks.guideScale = 2
    },
    Refusal(65, says: "is a classifier") {
      $0.networks.guide = file("classifier.safetensors")
      $0.networks.guideScale = 2
    },
  ]

  static let checkpoints = [
    Refusal(66, says: "absent.pt: no such file", change: model("absent.pt")),
    Refusal(66, says: "taken: is a folder", change: model("taken")),
    Refusal(64, says: "named 'absent'", "fashion-mnist") { $0.networks.model = "absent" },
    Refusal(64, says: "did you mean fashion-mnist?") { $0.networks.model = "fashion-minst" },
    Refusal(
      66, says: "no such file; did you mean unet-incomplete.safetensors?",
      change: model("unet-incomplet.safetensors")),
    Refusal(65, says: "truncated10.pt: ", "cut short", change: model("truncated10.pt")),
    Refusal(65, says: "truncated50.pt: ", "cut short", change: model("truncated50.pt")),
    Refusal(65, says: "truncated99.pt: ", "cut short", change: model("truncated99.pt")),
    Refusal(65, says: "empty.pt: is empty", change: model("empty.pt")),
    Refusal(65, says: "page.pt: is a web page", change: model("page.pt")),
    Refusal(
      65, says: "other.pt: this is no network of guided-diffusion", change: model("other.pt")),
    Refusal(
      65, says: "this is no network of guided-diffusion", change: model("os-system-zip.pt")),
    Refusal(
      65, says: "this is no network of guided-diffusion", change: model("os-system-legacy.pt")),
    Refusal(
      65, says: "several keys", "first, second", "--model-key", change: model("two.safetensors")),
    Refusal(
      64, says: "under the key 'third'", "first, second",
      change: model("two.safetensors", key: "third")),
    Refusal(64, says: "--model-key", "is bundled") { $0.networks.modelKey = "ema" },
    Refusal(64, says: "--classifier-key", "is bundled") { $0.networks.classifierKey = "ema" },
    Refusal(65, says: "4611686018427387904 bytes", change: model("enormous.safetensors")),
    Refusal(65, says: "cut.safetensors: ", "cut short", change: model("cut.safetensors")),
    Refusal(
      65, says: "1 missing from the file", "middle_block.0.in_layers.2.bias",
      change: model("unet-incomplete.safetensors")),
  ]

  static let networks = [
    Refusal(
      64, says: "--image_size", "--num_head_channels", "--noise_schedule", "--image_size ?"
    ) { $0.networks.model = file("unet.safetensors") },
    Refusal(64, says: "--model-flags contradict", "use --channel_mult 1,2,2") {
      $0.networks.model = file("unet.safetensors")
      $0.networks.modelFlags = "--image_size 64"
    },
    Refusal(64, says: "use --num_channels 64", "use --class_cond True") {
      $0.networks.model = file("unet.safetensors")
      $0.networks.modelFlags = Bundled.modelFlags
        .replacing("--num_channels 64", with: "--num_channels 128")
        .replacing("--class_cond True", with: "--class_cond False")
    },
    Refusal(64, says: "--image_sise", "did you mean --image_size?") {
      $0.networks.model = file("unet.safetensors")
      $0.networks.modelFlags = "--image_sise 32"
    },
    Refusal(65, says: "is a classifier", "--classifier", change: model("classifier.safetensors")),
    Refusal(64, says: "--model and --classifier name the same file") {
      model("unet.safetensors")(&$0)
      classifier("unet.safetensors")(&$0)
    },
    Refusal(65, says: "is a diffusion model", "--model", change: classifier("unet.safetensors")),
    Refusal(64, says: "--classifier_num_head_channels ?", "still needed") {
      $0.networks.classifier = file("classifier.safetensors")
    },
    Refusal(
      65, says: "7 classes, the model 10",
      change: classifier("classifier-seven-classes.safetensors")
    ),
    Refusal(
      65, says: "images of 16 pixels, the model makes 32",
      change: classifier(
        "classifier-sixteen-pixels.safetensors",
        flags: Bundled.classifierFlags.replacing("image_size 32", with: "image_size 16")
          .replacing("16,8", with: "8,4"))),
    Refusal(64, says: "--model-flags", "is bundled") {
      $0.networks.modelFlags = Bundled.modelFlags
    },
    Refusal(64, says: "--classifier-flags", "is bundled") {
      $0.networks.classifierFlags = Bundled.classifierFlags
    },
    Refusal(64, says: "--classifier-scale needs a classifier") {
      model("unet.safetensors")(&$0)
      $0.networks.classifierScale = 2
    },
  ]

  private func expect(_ refusal: Refusal) throws {
    var request = JobRequest(networks: .init(model: "fashion-mnist"), format: OutputFormat())
    request.images.numSamples = 5
    request.sampling.steps = "ddim5"
    request.sampling.batchSize = 2
    refusal.change(&request)
    let failure = try #require(throws: Failure.self) {
      try ResolvedJob(request, hashes: FileHashes(nil))
    }
    #expect(failure.status.rawValue == refusal.status, "\(failure)")
    // The paths as in a command that runs in the folder.
    let message = failure.message.replacing(try BadFiles.folder().path + "/", with: "")
    for part in refusal.says { #expect(message.contains(part), "\(message)") }
  }

  @Test(arguments: images)
  func `impossible labels and seeds are refused with the name of the option`(refusal: Refusal)
    throws
  { try expect(refusal) }

  @Test(arguments: sampling)
  func `impossible sampler settings are refused with the name of the option`(refusal: Refusal)
    throws
  { try expect(refusal) }

  @Test(arguments: solvers)
  func `settings that a solver does not have or that do not go together are refused`(
    refusal: Refusal
  ) throws { try expect(refusal) }

  @Test(arguments: guidance)
  func `guidance that cannot act is refused with what to do`(refusal: Refusal) throws {
    try expect(refusal)
  }

  @Test(arguments: checkpoints)
  func `a checkpoint that cannot be used is refused with its path and the position in it`(
    refusal: Refusal
  ) throws { try expect(refusal) }

  @Test(arguments: networks)
  func `networks that do not fit together are refused with what to do`(refusal: Refusal) throws {
    try expect(refusal)
  }
}
