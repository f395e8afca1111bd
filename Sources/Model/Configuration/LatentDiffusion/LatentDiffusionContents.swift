import Checkpoint
import Wording

/// The settings of a latent diffusion model that the tensors of its file show.
struct LatentDiffusionContents {
  let path: String
  let unet: UNetSignature
  /// ᾱ of each trained step, or `nil` if the file has none.
  let alphaBar: [Float]?
  /// The autoencoder, or `nil` if the file has none.
  let firstStage: FirstStageDescription?
  /// The measured scale of the latents, or `nil` if the file has none.
  let scaleFactor: Double?

  /// - Parameter stated: the autoencoder that a YAML file describes.
  /// - Throws: `ConfigurationError` if the model is one that this program cannot run, and
  ///   `CheckpointError` if a tensor cannot be read.
  init(_ file: CheckpointFile, stated: AutoencoderConfiguration?) throws {
    path = file.path
    try Self.refuseOthers(file)
    let prefix = LatentDiffusionNames.unet
    unet = try UNetSignature(
      latent: StateDictShapes(shapes: file.shapes(under: prefix)),
      classTable: String(LatentDiffusionNames.classTable.dropFirst(prefix.count)))
    alphaBar = try file.tensors[LatentDiffusionNames.alphaBar].map { try $0.tensor().elements }
    guard file.names.contains(where: { $0.hasPrefix(LatentDiffusionNames.firstStage) }) else {
      (firstStage, scaleFactor) = (nil, nil)
      return
    }
    let autoencoder = try FirstStageFile(in: file, stated: stated)
    firstStage = FirstStageDescription(autoencoder.configuration, prefix: autoencoder.prefix)
    scaleFactor =
      file.tensors[LatentDiffusionNames.scaleFactor] == nil ? nil : autoencoder.scaling?.factor
  }

  /// Parts of names under `cond_stage_model.`, with the models that have them.
  private static let contexts = [
    ("encoder.", "fills in parts of images, or enlarges them"),
    ("channel_mapper", "follows semantic maps"),
    ("transformer.", "is controlled by text"), ("model.", "is controlled by text"),
    ("tknz_fn.", "is controlled by text"),
  ]

  private static func refuseOthers(_ file: CheckpointFile) throws {
    let prefix = LatentDiffusionNames.conditioning
    guard let name = file.names.first(where: { $0.hasPrefix(prefix) }) else { return }
    let purpose =
      contexts.first { part, _ in file.names.contains { $0.hasPrefix(prefix + part) } }?.1
      ?? "has a context of its own"
    throw ConfigurationError(
      .checkpoint,
      "this latent diffusion model \(purpose) (one of its tensors is \(name.printable)); this version"
        + " runs those that are unconditional or controlled by a class")
  }
}
