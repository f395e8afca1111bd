/// The names in a checkpoint of CompVis' latent-diffusion, which holds several networks and tables
/// (ldm/models/diffusion/ddpm.py, `LatentDiffusion`).
package enum LatentDiffusionNames {
  /// The denoiser, a `UNetModel`.
  package static let unet = "model.diffusion_model."
  /// The autoencoder.
  package static let firstStage = "first_stage_model."
  /// The network or table that makes the context of cross-attention.
  package static let conditioning = "cond_stage_model."
  /// The table of a `ClassEmbedder`, which this program treats as part of the denoiser. Its name in the
  /// file is `cond_stage_model.embedding.weight`.
  package static let classTable = unet + "context_embed.weight"
  /// ᾱ of each trained step.
  package static let alphaBar = "alphas_cumprod"
  /// The factor of the autoencoder's latents, if it was measured when the training began.
  package static let scaleFactor = "scale_factor"

  static let storedClassTable = conditioning + "embedding.weight"
  static let average = "model_ema."
  /// A tensor that the denoiser always has.
  static let anchor = "time_embed.0.weight"
}

extension TensorDictionary {
  /// The state dicts of a latent diffusion model: its own weights, and the averages of the denoiser if
  /// there are any. Both have all other tensors of the model too, because these have no averages.
  ///
  /// - Parameter entries: all entries, without the parts that wrappers insert into names.
  /// - Returns: `nil` if the dictionary has no denoiser.
  func latentDiffusionModels(_ entries: [Entry]) -> [StateDict]? {
    let prefix = LatentDiffusionNames.unet
    let inner = entries.filter { $0.name.hasPrefix(prefix) }.map {
      Entry(name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor, problem: $0.problem)
    }
    guard inner.contains(where: { $0.name == LatentDiffusionNames.anchor }) else { return nil }
    let rest = entries.filter { !$0.name.hasPrefix(prefix) }
    let plain = StateDict(
      key: StateDict.key(path, prefix: "model."), prefix: "model.",
      isAveraged: AveragedNames.nameAverages(path), aliases: [], path: path, entries: inner)
    let found = withDotlessAverage([plain], rest: rest, LatentDiffusionNames.anchor)
    let others = rest.filter { !$0.name.hasPrefix(LatentDiffusionNames.average) }.map { entry in
      var entry = entry
      if entry.name == LatentDiffusionNames.storedClassTable {
        entry.name = LatentDiffusionNames.classTable
      }
      return entry
    }
    return found.map { network in
      let named = network.entries.map {
        Entry(name: prefix + $0.name, tensor: $0.tensor, problem: $0.problem)
      }
      return StateDict(
        key: found.count == 1 ? key : network.key, prefix: "", isAveraged: network.isAveraged,
        aliases: found.count == 1 ? aliases : [], path: path, entries: named + others,
        problem: network.problem)
    }
  }
}
