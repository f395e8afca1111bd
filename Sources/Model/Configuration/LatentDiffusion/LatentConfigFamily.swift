import Checkpoint
import Wording

/// The kind of model that a configuration describes.
struct LatentConfigFamily {
  private let target: String
  /// The key of the data that control the model.
  private let key: String
  /// The class that makes the context, or the word in its place.
  private let context: String

  init(_ model: YAMLSettings) {
    let parameters = model.group("params")
    target = model.className ?? "nothing"
    key = parameters?.text("cond_stage_key") ?? ""
    context =
      parameters?.group("cond_stage_config")?.className
      ?? parameters?.text("cond_stage_config") ?? ""
  }

  /// - Throws: `ConfigurationError` that names the kind, unless it is an unconditional model or one of
  ///   classes.
  func refuseOthers(in file: String) throws {
    guard let other else { return }
    throw ConfigurationError(
      .checkpoint,
      "\(file) describes \(other); this version runs latent diffusion models that are unconditional or"
        + " controlled by a class")
  }

  private var other: String? {
    guard target == "LatentDiffusion" else {
      return Self.targets[target] ?? "a \(target.printable)"
    }
    guard !["", "__is_unconditional__", "ClassEmbedder"].contains(context) else { return nil }
    return Self.keys[key] ?? Self.contexts[context]
      ?? "a model whose context comes from \(context.printable)"
  }

  private static let firstStage =
    "a first stage, which is an autoencoder: give the configuration of the diffusion model instead"
  private static let text = "a model controlled by text"
  private static let images = "a model controlled by images"
  private static let layouts = "a model that follows layouts of objects"

  private static let targets = [
    "VQModel": firstStage, "VQModelInterface": firstStage, "AutoencoderKL": firstStage,
    "DDPM": "a model of pixels", "Layout2ImgDiffusion": layouts,
    "LatentInpaintDiffusion": "a model that fills in parts of images (inpainting)",
    "LatentUpscaleDiffusion": "a model that enlarges images (super-resolution)",
  ]
  private static let keys = [
    "caption": text, "txt": text, "objects_bbox": layouts, "coordinates_bbox": layouts,
    "masked_image": "a model that fills in parts of images (inpainting)",
    "LR_image": "a model that enlarges images (super-resolution)",
    "segmentation": "a model that follows semantic maps",
  ]
  private static let contexts = [
    "BERTEmbedder": text, "FrozenCLIPEmbedder": text, "FrozenCLIPTextEmbedder": text,
    "FrozenOpenCLIPEmbedder": text, "FrozenT5Embedder": text, "TransformerEmbedder": text,
    "SpatialRescaler": images, "FrozenClipImageEmbedder": images, "__is_first_stage__": images,
  ]
}

extension YAMLSettings {
  /// The Python class of the described object, without its module.
  var className: String? {
    text("target")?.split(separator: ".").last.map(String.init)
  }

  /// Returns a setting that is a word.
  func text(_ key: String) -> String? {
    if case .text(let text)? = self[key] { text } else { nil }
  }
}
