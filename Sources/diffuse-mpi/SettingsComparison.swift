import Job
import Output
import Worker

/// How a job's settings differ from those of the job in its folder, in the words of the command
/// line; machines, ranks, threads and class names may differ.
struct SettingsComparison {
  private(set) var differences: [String] = []

  init(_ job: ResolvedJob, _ earlier: JobRecord) {
    compareNetworks(job.recipe, earlier.recipe)
    compareSampling(job.recipe, earlier.recipe)
    comparePlans(job.plan, earlier.plan)
    compareFormats(job.format, earlier.format)
    // What is not compared above.
    if differences.isEmpty, job.recipe.hash != earlier.settings {
      differences.append(
        "the settings' hash is \(job.recipe.hash), was \(earlier.settings)")
    }
  }

  private mutating func compareNetworks(_ here: SamplingRecipe, _ there: SamplingRecipe) {
    if here.unet.sha256 != there.unet.sha256 {
      compare("--model", Self.name(here.unet), Self.name(there.unet))
    } else if let difference = Self.weights(here.unet, there.unet, "--model-key") {
      differences.append(difference)
    } else if here.unet.configuration != there.unet.configuration
      || here.diffusion != there.diffusion
    {
      differences.append("--model-flags differs")
    }
    if here.classifier?.sha256 != there.classifier?.sha256 {
      compare("--classifier", Self.name(here.classifier), Self.name(there.classifier))
    } else if let here = here.classifier, let there = there.classifier,
      let difference = Self.weights(here, there, "--classifier-key")
    {
      differences.append(difference)
    } else if here.classifier?.configuration != there.classifier?.configuration {
      differences.append("--classifier-flags differs")
    }
    compare("--classifier-scale", "\(here.classifierScale)", "\(there.classifierScale)")
  }

  private mutating func compareSampling(_ here: SamplingRecipe, _ there: SamplingRecipe) {
    compare("--sampler", here.sampler.rawValue, there.sampler.rawValue)
    compare("--steps", Self.steps(here), Self.steps(there))
    compare("--eta", "\(here.eta)", "\(there.eta)")
    compare("--clip-denoised", Self.onOff(here.clipsDenoised), Self.onOff(there.clipsDenoised))
    compare("--batch-size", "\(here.batchSize)", "\(there.batchSize)")
    compare("--precision", here.precision.rawValue, there.precision.rawValue)
  }

  private mutating func comparePlans(_ here: ImagePlan, _ there: ImagePlan) {
    compare("the number of images", "\(here.count)", "\(there.count)")
    if here.count == there.count && here.hash != there.hash {
      differences.append("labels or seeds differ (--classes, --labels, --seeds)")
    }
  }

  private mutating func compareFormats(_ here: OutputFormat, _ there: OutputFormat) {
    compare("--format", here.container.rawValue, there.container.rawValue)
    if here.container == there.container {
      compare("--layout", here.layout.rawValue, there.layout.rawValue)
      compare("--shard-size", "\(here.shardSize)", "\(there.shardSize)")
    }
    compare("--grayscale", Self.onOff(here.isGrayscale), Self.onOff(there.isGrayscale))
  }

  /// In what the choice among the weights of one file differs. Earlier versions did not note it.
  private static func weights<Configuration>(
    _ here: SamplingRecipe.Network<Configuration>, _ there: SamplingRecipe.Network<Configuration>,
    _ option: String
  ) -> String? {
    guard here.weights?.key != there.weights?.key else { return nil }
    if there.weights == nil, here.weights?.isFormerDefault == true { return nil }
    let key = here.weights?.key ?? "the file's only weights"
    let earlier = there.weights?.key ?? "the weights that versions without this option used"
    return "\(option) is \(key), was \(earlier)"
  }

  /// `model.pt (1a2b3c4d)`, with the beginning of the file's SHA-256.
  private static func name<Configuration>(
    _ network: SamplingRecipe.Network<Configuration>?
  ) -> String {
    guard let network else { return "none" }
    let file = network.path.split(separator: "/").last.map(String.init) ?? network.path
    return "\(file) (\(network.sha256.prefix(8)))"
  }

  private static func steps(_ recipe: SamplingRecipe) -> String {
    recipe.steps.isEmpty ? "all" : recipe.steps
  }

  private static func onOff(_ isOn: Bool) -> String { isOn ? "on" : "off" }

  private mutating func compare(_ what: String, _ here: String, _ there: String) {
    guard here != there else { return }
    differences.append("\(what) is \(here), was \(there)")
  }
}
