import ArgumentParser
import Arguments
import Diffusion
import Job
import Program

extension SolverSettings.Name: ExpressibleByArgument {}
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
      "ddpm, ddim or dpmpp-2m. (default: ddim if --steps begins with ddim, else the model authors' choice, or ddpm)"
  )
  var sampler: SolverSettings.Name?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of steps, or a respacing string of guided-diffusion: ddim25, or 10,10,5. (default: the model authors' choice, else 250 with ddpm and ddim25 with the others)",
      valueName: "steps"))
  var steps: String?

  @Option(
    parsing: .unconditional,
    help: "Noise added by ddim, from 0 (none) to 1. (default: 0)")
  var eta: Float?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Clamp the predicted image to [-1, 1] at every step, as guided-diffusion does. (default: on for ddpm and ddim)"
  )
  var clipDenoised: Bool?

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

  var request: JobRequest.Sampling {
    var sampling = JobRequest.Sampling()
    sampling.sampler = sampler
    sampling.steps = steps
    sampling.eta = eta
    sampling.clipsDenoised = clipDenoised
    sampling.batchSize = batchSize
    sampling.precision = precision
    sampling.classNames = classNames
    return sampling
  }
}
