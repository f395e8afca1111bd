import Arguments
import Cache
import Checkpoint
import Compute
import Coordinator
import Diffusion
import Machine
import Model
import Output

/// The names of this program's options in messages of the other rooms, which know none of them.
package enum OptionNames {
  /// The option that chooses a slice.
  static let slice = "--slice"

  /// Returns the text of an error. Its advice names the options that help.
  package static func text(_ error: any Error) -> String {
    switch error {
    case let error as CheckpointError: error.text(words)
    case let error as ComputeError: error.text(words)
    case let error as ConfigurationError: error.text(words)
    case let error as GaussianDiffusionError: error.text(words)
    case let error as OutputError: error.text(words)
    case let error as RepeatedDamage: error.text(words)
    case let limit as ThreadLimit: limit.text(words)
    default: "\(error)"
    }
  }

  /// Returns the text of a message about the cache.
  package static func text(_ message: CacheMessage) -> String { message.text(words) }

  /// Returns a text about a model's options as one about an upsampler's.
  static func ofUpsampler(_ text: String) -> String {
    upsamplerNames.reduce(text) { $0.replacing("--\($1)", with: "--upsampler-\($1)") }
      .replacing("--upsampler-model-", with: "--upsampler-")
      .replacing(/--model(?![-\w])/, with: "--upsampler")
  }

  /// The options of the model that an upsampler has too, without dashes.
  private static let upsamplerNames = [
    "model-flags", "model-key", "classifier", "sampler", "steps", "batch-size",
  ]

  /// Returns what kept a thread from being created, and what to do.
  static func cause(_ limit: ThreadLimit) -> String { limit.cause(words) }

  // MARK: - The words

  private static func words(_ advice: CacheMessage.Advice) -> String {
    switch advice {
    case .anotherFolder: "Choose another folder with --weights-cache, or 'none'"
    case .nameFolder: "name a folder for them with --weights-cache or"
    case .folderForEachMachine: "give each kind of machine its own --weights-cache"
    }
  }

  private static func words(_ advice: CheckpointError.Advice) -> String {
    switch advice {
    case .chooseKey:
      "choose one with --model-key (--classifier-key for a classifier, --key in inspect)"
    }
  }

  private static func words(_ advice: ComputeError.Advice) -> String {
    switch advice {
    case .smallerBatch: "lower --batch-size"
    case .f32: "use --precision f32"
    }
  }

  private static func words(_ term: ConfigurationError.Term) -> String {
    switch term {
    case .flags(.model): "--model-flags"
    case .flags(.classifier): "--classifier-flags"
    case .flags(.upsampler): "--upsampler-flags"
    case .preset(let name): "--preset \(name)"
    case .listPresets: "'diffuse-mpi models'"
    case .giveConfig: "give its YAML file with --config"
    case .give(.model): "give it with --model"
    case .give(.classifier): "give it with --classifier"
    case .give(.upsampler):
      "give it with --upsampler, after a model that makes small images (--model), or with images "
        + "that exist (--base-samples)"
    case .writeGrey: "write grey ones with --grayscale"
    case .instead(let key): SamplingAdvice.text(insteadOf: key)
    }
  }

  private static func words(_ advice: GaussianDiffusionError.Advice) -> String {
    switch advice {
    case .trainedSteps: "give --diffusion_steps"
    }
  }

  private static func words(_ advice: OutputError.Advice) -> String {
    switch advice {
    case .anotherFolder: "choose another --out"
    case .fewerFiles: "use --format tar, which writes fewer files"
    }
  }

  private static func words(_ advice: RepeatedDamage.Advice) -> String {
    switch advice {
    case .anotherFolder: "choose another --out"
    }
  }

  private static func words(_ advice: ThreadLimit.Advice) -> String {
    switch advice {
    case .fewerThreads: "fewer --threads"
    }
  }
}
