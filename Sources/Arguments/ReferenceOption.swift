import Model

/// An option of guided-diffusion's scripts (`add_dict_to_argparser` in script_util.py), by its role
/// in sampling.
enum ReferenceOption: Equatable {
  /// An option with a counterpart here that has the same meaning.
  case sampling(Sampling)
  /// One of MODEL_FLAGS.
  case model
  /// One of CLASSIFIER_FLAGS.
  case classifier
  /// A flag that only super_res_sample.py has.
  case upsampler
  /// An option that the sampling scripts accept, but that does not affect the images.
  case withoutEffect
  /// An option that is not supported, with the reason.
  case refused(String)

  /// Options of classifier_sample.py, image_sample.py and super_res_sample.py that do not describe a network.
  enum Sampling: String, CaseIterable {
    case modelPath = "model_path"
    case classifierPath = "classifier_path"
    case classifierScale = "classifier_scale"
    case timestepRespacing = "timestep_respacing"
    case usesDDIM = "use_ddim"
    case clipsDenoised = "clip_denoised"
    case sampleCount = "num_samples"
    case batchSize = "batch_size"
    case baseSamples = "base_samples"

    /// The option of this program with the same meaning.
    var ownOption: String {
      switch self {
      case .modelPath: "--model"
      case .classifierPath: "--classifier"
      case .classifierScale: "--classifier-scale"
      case .timestepRespacing: "--steps"
      case .usesDDIM: "--sampler"
      case .clipsDenoised: "--clip-denoised"
      case .sampleCount: "--num-samples"
      case .batchSize: "--batch-size"
      case .baseSamples: "--base-samples"
      }
    }
  }

  /// - Parameter key: the name of the option without dashes.
  init?(key: String) {
    if let sampling = Sampling(rawValue: key) {
      self = .sampling(sampling)
    } else if FlagVocabulary.model.meaningful.contains(key) {
      self = .model
    } else if FlagVocabulary.classifier.meaningful.contains(key) {
      self = .classifier
    } else if FlagVocabulary.withoutEffect.contains(key) {
      self = .withoutEffect
    } else if FlagVocabulary.upsamplerKeys.contains(key) {
      self = .upsampler
    } else if FlagVocabulary.trainingKeys.contains(key) {
      self = .refused("it belongs to guided-diffusion's training scripts; leave it out")
    } else {
      return nil
    }
  }

  /// All keys, for suggestions.
  static let keys = Set(Sampling.allCases.map(\.rawValue))
    .union(FlagVocabulary.model.meaningful).union(FlagVocabulary.classifier.meaningful)
    .union(FlagVocabulary.upsamplerKeys)
}
