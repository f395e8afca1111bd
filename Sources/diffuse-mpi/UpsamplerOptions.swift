import ArgumentParser
import Diffusion
import Program

/// The options of the networks that enlarge the model's images.
///
/// Options other than `--upsampler` are given once for all upsamplers, or once for each, in order.
struct UpsamplerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint of a super-resolution network that enlarges the images. Give it again to enlarge them further.",
      valueName: "file"),
    completion: .file())
  var upsampler: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "guided-diffusion's flags of the upsampler (--large_size, --small_size, …), for settings that cannot be inferred from the file.",
      valueName: "flags"))
  var upsamplerFlags: [String] = []

  @Option(help: ArgumentHelp("Which weights of its checkpoint to use.", valueName: "key"))
  var upsamplerKey: [String] = []

  @Option(
    help: ArgumentHelp(
      "Checkpoint of a classifier of large images, which guides the upsampler.", valueName: "file"),
    completion: .file())
  var upsamplerClassifier: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("CLASSIFIER_FLAGS of that classifier.", valueName: "flags"))
  var upsamplerClassifierFlags: [String] = []

  @Option(
    help: ArgumentHelp("Which weights of the classifier's checkpoint to use.", valueName: "key"))
  var upsamplerClassifierKey: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Strength of that guidance; 0 turns it off. (default: 1)", valueName: "scale"))
  var upsamplerClassifierScale: [Float] = []

  @Option(
    help: ArgumentHelp(
      "Sampler of the upsampler. (default: as for --sampler)", valueName: "sampler"))
  var upsamplerSampler: [SolverSettings.Name] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Number of steps of the upsampler, or a respacing string. (default: as for --steps)",
      valueName: "steps"))
  var upsamplerSteps: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Images that a rank enlarges at a time. (default: as for --batch-size)", valueName: "count"))
  var upsamplerBatchSize: [Int] = []

  @Option(
    help: ArgumentHelp(
      "Images to enlarge instead of those of a model: an .npz of guided-diffusion, an output folder, or a folder of PNG files.",
      valueName: "path"),
    completion: .file())
  var baseSamples: String?

  @Flag(help: "Also keep the model's images, before they are enlarged, in the folder base.")
  var keepBase = false

  func validate() throws {
    for (name, count) in given where count > 0 {
      guard !upsampler.isEmpty else {
        throw ValidationError(
          "--\(name) needs a network that enlarges images: give its file with --upsampler")
      }
      guard count == 1 || count == upsampler.count else {
        throw ValidationError(
          "--\(name) is given \(count) times, but --upsampler \(upsampler.count) times; give it once for all, or once for each"
        )
      }
    }
  }

  private var given: [(String, Int)] {
    [
      ("upsampler-flags", upsamplerFlags.count), ("upsampler-key", upsamplerKey.count),
      ("upsampler-classifier", upsamplerClassifier.count),
      ("upsampler-classifier-flags", upsamplerClassifierFlags.count),
      ("upsampler-classifier-key", upsamplerClassifierKey.count),
      ("upsampler-classifier-scale", upsamplerClassifierScale.count),
      ("upsampler-sampler", upsamplerSampler.count), ("upsampler-steps", upsamplerSteps.count),
      ("upsampler-batch-size", upsamplerBatchSize.count),
    ]
  }

  /// - Parameter precision: the number format of all networks.
  func requests(precision: PrecisionChoice) -> [JobRequest.Upsampler] {
    upsampler.enumerated().map { index, path in
      func value<Value>(_ values: [Value]) -> Value? {
        values.count == 1 ? values[0] : values.isEmpty ? nil : values[index]
      }
      var networks = JobRequest.Networks(model: path)
      networks.modelFlags = value(upsamplerFlags)
      networks.modelKey = value(upsamplerKey)
      networks.classifier = value(upsamplerClassifier)
      networks.classifierFlags = value(upsamplerClassifierFlags)
      networks.classifierKey = value(upsamplerClassifierKey)
      networks.classifierScale = value(upsamplerClassifierScale)
      var request = JobRequest.Upsampler(networks: networks)
      request.sampling.sampler = value(upsamplerSampler)
      request.sampling.steps = value(upsamplerSteps)
      request.sampling.batchSize = value(upsamplerBatchSize)
      request.sampling.precision = precision
      return request
    }
  }
}
