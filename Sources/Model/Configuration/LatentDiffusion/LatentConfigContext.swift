import Checkpoint
import Wording

/// The classes that control a model, in the arguments of `LatentDiffusion` (ldm/models/diffusion/ddpm.py)
/// and of its `ClassEmbedder`.
struct LatentConfigContext {
  /// The number of classes and the width of their contexts, or `nil` for an unconditional model.
  let classes: (count: Int, channels: Int)?

  init(_ parameters: YAMLSettings) throws {
    guard let stage = parameters.group("cond_stage_config") else {
      classes = nil
      return
    }
    var outer = SettingsReader(parameters)
    // Without this key, the context is an image beside xₜ.
    if parameters["conditioning_key"] != nil || outer.flag("concat_mode") ?? true {
      outer.require("conditioning_key", .text("crossattn"))
      if parameters["conditioning_key"] == nil {
        outer.report("conditioning_key is missing: only crossattn is supported")
      }
    }
    try outer.finish("controls the network in a way that this version does not run")
    let embedder = stage.group("params") ?? YAMLSettings(none: "\(stage.name).params")
    var inner = SettingsReader(embedder)
    let channels = inner.requiredInteger("embed_dim", in: NetworkLimits.channels)
    let count = inner.integer("n_classes", in: NetworkLimits.classes) ?? 1000
    inner.reportUnknown(embedder, besides: ["embed_dim", "n_classes", "key"])
    try inner.finish("describes classes that this version does not run")
    classes = (count, channels)
  }
}

extension SettingsReader {
  /// Returns true or false, or `nil` if the setting is absent or null.
  mutating func flag(_ key: String) -> Bool? {
    switch file[key] {
    case nil, .null?: return nil
    case .flag(let flag)?: return flag
    case let other?:
      report(key, other, "true or false was expected")
      return nil
    }
  }

  /// Reports settings whose effect is not known.
  mutating func reportUnknown(_ settings: YAMLSettings, besides known: Set<String>) {
    for key in settings.keys where !known.contains(key) {
      report("\(key.printable) is not known to this version")
    }
  }
}
