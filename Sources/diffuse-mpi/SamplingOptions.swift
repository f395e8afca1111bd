import ArgumentParser
import Arguments
import Diffusion
import Job
import Program

extension SolverSettings.Name: ExpressibleByArgument {}
extension NodeSpacing: ExpressibleByArgument {}
extension Threshold.Kind: ExpressibleByArgument {}
extension Grid.End: ExpressibleByArgument {}
extension ImageOrder: ExpressibleByArgument {}
extension PrecisionChoice: ExpressibleByArgument {}

/// The options that choose the images.
struct ImageOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Classes to generate, by number, range or name: 0-9,282,sneaker. (default: all)",
      valueName: "classes"))
  var classes: String?

  @Option(
    help: ArgumentHelp(
      "Label of each image, by number or name: 0,69,sneaker.", valueName: "labels"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "File with the label, or label,seed, of one image per line; or JSON lines.",
      valueName: "file"),
    completion: .file())
  var labelsFile: String?

  @Option(
    help: ArgumentHelp(
      "Order in which classes are cycled: interleaved, grouped or shuffled. (default: interleaved)",
      valueName: "order"))
  var order: ImageOrder?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seeds, one image each: 0-99 or 1,2,5-10.", valueName: "seeds"))
  var seeds: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of images, with seeds from 0. (default: \(PlanOptions.defaultCount))",
      valueName: "count"))
  var numSamples: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of images of every class, with seeds from 0.", valueName: "count"))
  var perClass: Int?

  var planOptions: PlanOptions {
    PlanOptions(
      classes: classes, labels: labels, labelsFile: labelsFile, order: order, seeds: seeds,
      numSamples: numSamples, perClass: perClass)
  }
}

/// The options of the sampler.
struct SamplingOptions: ParsableArguments {
  @Option(
    help:
      "ddpm, ddim, dpmpp-2m, unipc, heun; consistency for consistency models, plms for latent diffusion, euler and euler-maruyama for flows. (default: ddim if --steps begins with ddim, else the model authors' choice, or ddpm)"
  )
  var sampler: SolverSettings.Name?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of steps, or a respacing string of guided-diffusion: ddim25, or 10,10,5; for consistency also its noise levels: 0,22,39. (default: the model authors' choice, else 250 with ddpm, ddim25 with ddim, 18 with heun, 1 with consistency and 20 with the others)",
      valueName: "steps"))
  var steps: String?

  @Option(
    parsing: .unconditional,
    help: "Noise added in each step of ddim or dpmpp-2m, from 0 (none) to 1. (default: 0)")
  var eta: Float?

  @OptionGroup var solver: SolverOptions

  @Flag(
    inversion: .prefixedNo,
    help:
      "Clamp the predicted image to [-1, 1] at every step, as guided-diffusion does. (default: on for ddpm and ddim)"
  )
  var clipDenoised: Bool?

  @Option(
    help:
      "Limit of the predicted image after guidance: none, static ([-1, 1]) or dynamic. (default: dynamic for guided dpmpp-2m, unipc and heun, else none)"
  )
  var threshold: Threshold.Kind?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Quantile of the dynamic threshold. (default: 0.995)", valueName: "quantile"))
  var thresholdPercentile: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Noise levels (standard deviation of the noise relative to the image) at which the classifier guides: 0.3-5, or all. It does not run at others. (default: the model's, or all)",
      valueName: "low-high"))
  var guidanceInterval: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images that a rank generates at a time. (default: 10 up to 32x32 pixels, 4 up to 64x64, 2 up to 128x128, else 1)",
      valueName: "count"))
  var batchSize: Int?

  @Option(
    help: "Number format of the computation: f32, bf16, or auto (bf16 if the CPU supports it).")
  var precision: PrecisionChoice = .auto

  @Option(
    help: ArgumentHelp(
      "File with one class name per line, in the order of the labels, or 'none'. Existing images stay as they are and get the new names. (default: the model's; ImageNet's for 1,000 classes)",
      valueName: "file"),
    completion: .file())
  var classNames: String?

  func request() throws -> JobRequest.Sampling {
    var sampling = JobRequest.Sampling()
    sampling.sampler = sampler
    sampling.steps = steps
    sampling.eta = eta
    sampling.solver = try solver.options
    sampling.clipsDenoised = clipDenoised
    sampling.threshold = threshold
    sampling.thresholdPercentile = thresholdPercentile
    sampling.guidanceInterval = try guidanceInterval.map {
      $0 == "all" ? .all : .range(try ClosedRange(parsing: $0, option: "--guidance-interval"))
    }
    sampling.batchSize = batchSize
    sampling.precision = precision
    sampling.classNames = classNames
    return sampling
  }
}

/// The options of the solvers of the probability-flow equation.
struct SolverOptions: ParsableArguments {
  @Option(
    help:
      "Positions of the nodes of dpmpp-2m and unipc: time-uniform, time-quadratic, log-snr or karras. (default: time-uniform, or the timesteps of a respacing string)"
  )
  var spacing: NodeSpacing?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Order of unipc: 1, 2 or 3. (default: 2)", valueName: "order"))
  var solverOrder: Int?

  @Option(
    help:
      "End of dpmpp-2m and unipc: zero (a step to no noise) or sigma-min (the image at timestep 0). (default: zero)"
  )
  var final: Grid.End?

  @Flag(
    inversion: .prefixedNo,
    help: "Lower the order of the last steps of dpmpp-2m and unipc. (default: on)")
  var lowerOrderFinal: Bool?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Noise that heun adds and removes again, EDM's S_churn. (default: 0)", valueName: "amount"))
  var churn: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Noise levels at which heun adds noise: 0.05-50. (default: all)", valueName: "low-high"))
  var churnRange: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Standard deviation of that noise, EDM's S_noise. (default: 1)", valueName: "deviation"))
  var churnNoise: Double?

  /// - Throws: a usage error if a range is not one.
  var options: JobRequest.SolverOptions {
    get throws {
      var options = JobRequest.SolverOptions()
      options.order = solverOrder
      options.spacing = spacing
      options.end = final
      options.lowersOrderAtEnd = lowerOrderFinal
      options.churn = churn
      options.churnRange = try churnRange.map {
        try ClosedRange(parsing: $0, option: "--churn-range")
      }
      options.churnNoise = churnNoise
      return options
    }
  }
}
