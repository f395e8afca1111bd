import Files

/// A folder as the diffusers library writes it: a whole pipeline, or one of its networks alone.
///
/// A pipeline has the file `model_index.json` and a folder for each part. Its network is in `unet` or
/// `transformer`, and its noise schedule in `scheduler/scheduler_config.json`. In old pipelines, all
/// files are in one folder. The autoencoder of a latent diffusion model is a folder of its own (`autoencoder(in:)`).
package struct DiffusersFolder: Sendable {
  /// The kinds of networks whose names are known.
  package enum Kind: Sendable {
    /// `UNet2DModel`.
    case unet
    /// `AutoencoderKL` and `VQModel`.
    case autoencoder
    /// `DiTTransformer2DModel`.
    case transformer
  }

  /// The folder, with a slash at the end.
  package let path: String
  /// The kind of the network.
  package let kind: Kind
  /// `model_index.json`, or `nil` if the folder is that of a network.
  package let pipeline: SettingsFile?
  /// `config.json` of the network.
  package let network: SettingsFile
  /// `scheduler_config.json`, or `nil` if there is none.
  package let scheduler: SettingsFile?
  /// The name of the file with the weights, or of the index of several.
  let weights: String

  /// The names of the files with weights. The first one that exists is read.
  private static let weightNames = ["", ".fp16"].flatMap { variant in
    ["safetensors", "bin"].flatMap { ending in
      let name = "diffusion_pytorch_model\(variant).\(ending)"
      return [name, name + ShardIndex.ending]
    }
  }

  /// Opens the settings in `folder`, whose path ends with a slash.
  ///
  /// - Returns: `nil` if the folder has none of diffusers' files.
  /// - Throws: `CheckpointError` if a file that belongs to such a folder is missing or damaged.
  init?(_ folder: String) throws(CheckpointError) {
    path = folder
    let isPipeline = FileKind.at(folder + "model_index.json") != nil
    guard isPipeline || FileKind.at(folder + "config.json") != nil else { return nil }
    pipeline = isPipeline ? try SettingsFile("model_index.json", in: folder) : nil
    let part =
      ["unet", "transformer"].first { isPipeline && FileKind.at(folder + $0) == .folder }
      .map { $0 + "/" } ?? ""
    guard !part.isEmpty || FileKind.at(folder + "config.json") != nil else {
      throw .badData(
        path: folder, place: nil,
        reason:
          "holds a \(pipeline?.className ?? "pipeline") of the diffusers library, which has no "
          + "UNet and no transformer; \(Self.advice)")
    }
    network = try SettingsFile(part + "config.json", in: folder)
    kind = try Self.kind(of: network)
    let process = ["scheduler/scheduler_config.json", "scheduler_config.json"].first {
      FileKind.at(folder + $0) != nil
    }
    if let process {
      scheduler = try SettingsFile(process, in: folder)
    } else {
      scheduler = nil
    }
    guard
      let weights = Self.weightNames.first(where: { FileKind.at(folder + part + $0) != nil })
    else {
      throw .unreadable(
        path: folder + part,
        reason: "has no weights: there should be a diffusion_pytorch_model.safetensors or .bin")
    }
    self.weights = part + weights
  }

  private static let advice =
    "this version runs networks of the classes UNet2DModel and DiTTransformer2DModel, and first stages"
    + " of the classes AutoencoderKL and VQModel: use the diffusers library"

  private static func kind(of network: SettingsFile) throws(CheckpointError) -> Kind {
    guard let name = network.className else {
      throw network.file.badData(
        "_class_name", "is missing, so this is not a network of the diffusers library")
    }
    guard let kind = kinds[name] else {
      let family = families[name].map { ", \($0)" } ?? ""
      throw network.file.badData(nil, "describes a \(name)\(family); \(advice)")
    }
    return kind
  }

  private static let kinds: [String: Kind] = [
    "UNet2DModel": .unet, "AutoencoderKL": .autoencoder, "VQModel": .autoencoder,
    "DiTTransformer2DModel": .transformer, "Transformer2DModel": .transformer,
  ]

  /// - Throws: `CheckpointError` if the network is of another kind than the wanted one.
  func require(_ wanted: Kind) throws(CheckpointError) {
    // A model may be a UNet or a transformer. Its names tell.
    guard kind != wanted, (kind, wanted) != (.transformer, .unet) else { return }
    let name = network.className ?? ""
    throw network.file.badData(
      nil,
      wanted == .autoencoder
        ? "describes a \(name), not a first stage: give the folder of an AutoencoderKL or a VQModel,"
          + " such as vae or vqvae"
        : "describes a \(name), the autoencoder of a latent diffusion model, which generates nothing:"
          + " give it as the first stage of a model")
  }

  private static let families = [
    "UNet2DConditionModel": "which is controlled by text, as in Stable Diffusion",
    "AsymmetricAutoencoderKL": "an autoencoder whose decoder sees the image that it repairs",
    "AutoencoderTiny": "a small substitute for an autoencoder",
    "ConsistencyDecoderVAE": "an autoencoder whose decoder is a consistency model",
  ]

  /// The files with settings.
  var settings: [SettingsFile] { [pipeline, network, scheduler].compactMap(\.self) }

  /// The names of the folders of autoencoders in pipelines.
  private static let autoencoders = ["vae", "vqvae"]

  /// Returns the folder of the autoencoder at a path: that of a pipeline, or the path itself.
  package static func autoencoder(in path: String) -> String {
    let folder = path.hasSuffix("/") ? path : path + "/"
    guard FileKind.at(folder + "model_index.json") != nil,
      let part = autoencoders.first(where: { FileKind.at(folder + $0 + "/config.json") != nil })
    else { return path }
    return folder + part
  }

  /// Returns the folder of the autoencoder beside the folder of a network, or `nil` if there is none.
  ///
  /// - Parameter network: the folder, with a slash at the end.
  package static func autoencoder(beside network: String) -> String? {
    let pipeline = network + "../"
    let found = autoencoder(in: pipeline)
    return found == pipeline ? nil : found
  }
}
