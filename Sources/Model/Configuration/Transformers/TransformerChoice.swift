import Checkpoint
import Diffusion
import Wording

/// The settings of a diffusion transformer, found from the shapes of its tensors, the name of its file
/// and the wishes of the user.
package struct TransformerChoice: Sendable, Equatable {
  package let configuration: TransformerConfiguration
  package let family: TransformerFamily
  /// The published model whose settings for sampling are used, if there is one.
  package let preset: TransformerPreset?
  package let reason: Reason
  /// Notes for the user on the choice.
  package let notes: [String]

  package enum Reason: Sendable {
    /// The user named the family or the preset.
    case request
    /// The name of the file is that of a published model, or begins with that of the family.
    case fileName
    /// Parts of the network that only one family has.
    case tensors
    /// Nothing, so that it is taken for the first of the families.
    case none
  }

  /// - Parameters:
  ///   - folder: the folder of the diffusers library that the tensors are from, or `nil` for a file.
  ///   - family: the family that the user named.
  ///   - flags: the flags that the user gave. The only one that a transformer has is `num_heads`.
  ///   - hints: the name of the file and of a preset.
  /// - Throws: `ConfigurationError` if the tensors are not those of a diffusion transformer, or if a
  ///   setting is not known.
  package init(
    shapes: [String: [Int]], folder: DiffusersFolder? = nil, family: TransformerFamily? = nil,
    flags: ModelFlags? = nil, hints: PresetChoice.Hints = .init()
  ) throws {
    let signature = try TransformerSignature(shapes: shapes)
    let fitting = TransformerPreset.all.filter { $0.fits(signature) }
    let requested = try hints.preset.map { try Self.preset($0, of: fitting) }
    let named = fitting.filter { preset in
      hints.fileName.map(preset.fileNames.contains) ?? false
    }
    (self.family, reason) =
      folder != nil && family == nil
      ? (.dit, .tensors)
      : try Self.family(signature, family, requested, named: named, fileName: hints.fileName)
    let chosen = self.family
    preset = requested ?? named.first { $0.family == chosen }
    let settings = try folder.map {
      try DiffusersTransformer($0.network, scheduler: $0.scheduler)
    }
    configuration = try Self.configuration(signature, chosen, flags, settings)
    try configuration.validate()
    notes = Self.notes(chosen, reason, signature)
  }

  // MARK: - The family

  private static func family(
    _ signature: TransformerSignature, _ wanted: TransformerFamily?,
    _ requested: TransformerPreset?, named: [TransformerPreset], fileName: String?
  ) throws -> (TransformerFamily, Reason) {
    if let requested {
      guard wanted == nil || wanted == requested.family else {
        throw ConfigurationError(
          .flags,
          "\(requested.name) is a model of \(requested.family.title), not of \(wanted!.title)")
      }
      return (requested.family, .request)
    }
    let isLightning = signature.layers == .lightning
    if let wanted {
      guard isLightning == (wanted == .lightningDiT) else {
        throw ConfigurationError(
          .flags,
          "the tensors of the file are \(isLightning ? "" : "not ")those of LightningDiT, and"
            + " \(wanted.title) is another family")
      }
      return (wanted, .request)
    }
    if isLightning { return (.lightningDiT, .tensors) }
    if signature.hasProjectors || signature.hasLatentStatistics { return (.repa, .tensors) }
    if let first = named.first { return (first.family, .fileName) }
    let beginning = fileName?.lowercased() ?? ""
    let possible = TransformerFamily.allCases.filter { $0 != .lightningDiT }
    if let family = possible.first(where: { beginning.hasPrefix($0.rawValue) }) {
      return (family, .fileName)
    }
    return (.dit, .none)
  }

  private static func preset(
    _ name: String, of fitting: [TransformerPreset]
  ) throws(ConfigurationError) -> TransformerPreset {
    if let preset = fitting.first(where: { $0.name == name }) { return preset }
    let names = TransformerPreset.all.map(\.name)
    guard names.contains(name) else {
      throw .unknownPreset(name, meant: likelyMeant(name, among: names), isClassifier: false)
    }
    throw .otherPreset(
      name, ["the sizes of its tensors are others"], fitting: fitting.map(\.name))
  }

  private static func notes(
    _ family: TransformerFamily, _ reason: Reason, _ signature: TransformerSignature
  ) -> [String] {
    let others = TransformerFamily.allCases.filter { $0 != family && $0 != .lightningDiT }
      .map(\.title)
    return switch reason {
    case .request, .tensors: []
    case .fileName:
      [
        "note: the name of the file says that this is a model of \(family.title); its tensors could"
          + " be those of \(others.joined(separator: " or ")) too"
      ]
    case .none:
      [
        "note: this is sampled as a model of \(family.title), because neither its tensors nor the name"
          + " of its file say whether it is one of \(others.joined(separator: " or ")); if it is,"
          + " name the family, because otherwise the images will be wrong"
      ]
    }
  }

  // MARK: - The network

  private static func configuration(
    _ signature: TransformerSignature, _ family: TransformerFamily, _ flags: ModelFlags?,
    _ settings: DiffusersTransformer?
  ) throws -> TransformerConfiguration {
    guard let imageSize = signature.imageSize ?? settings?.imageSize else {
      throw ConfigurationError(
        .checkpoint,
        "\(TransformerSignature.positions) is missing: the file does not hold the whole network")
    }
    let learnsSigma = family == .dit && signature.outChannels == 2 * signature.channels
    return TransformerConfiguration(
      imageSize: imageSize, channels: signature.channels, patchSize: signature.patchSize,
      width: signature.width, depth: signature.depth, heads: try heads(signature, flags, settings),
      hiddenWidth: signature.hiddenWidth, classCount: signature.labelCount - 1,
      outChannels: signature.outChannels, learnsSigma: learnsSigma,
      storesPositions: signature.imageSize != nil, layers: signature.layers)
  }

  private static func heads(
    _ signature: TransformerSignature, _ flags: ModelFlags?, _ settings: DiffusersTransformer?
  ) throws -> Int {
    if var others = flags {
      others.heads = nil
      guard others == (try ModelFlags(parsing: "")) else {
        throw ConfigurationError.flags(
          .model,
          "this is a diffusion transformer, whose only setting that is not in its file is --num_heads"
        )
      }
    }
    if let heads = settings?.heads { return heads }
    if let width = signature.headWidth, signature.width % width == 0 {
      return signature.width / width
    }
    let known = TransformerConfiguration.publishedHeads(
      width: signature.width, depth: signature.depth)
    guard let heads = flags?.heads ?? known else {
      throw ConfigurationError.flags(
        .model,
        "the number of attention heads is not stored in the file, and no published transformer has"
          + " \(signature.depth) blocks of width \(signature.width): give --num_heads, as it was"
          + " trained")
    }
    return heads
  }

  // MARK: - Sampling

  package var process: DiffusionConfiguration {
    family.process(learnsSigma: configuration.learnsSigma)
  }

  /// The settings to sample with, the default first.
  package var defaults: [SamplingDefaults] { preset?.sampling ?? family.usualSampling }

  /// The source of the settings in words.
  package var text: String {
    let settings = preset.map { "settings of \($0.title)" } ?? "settings of \(family.title)"
    return switch reason {
    case .request: "\(settings), as requested"
    case .fileName: "\(settings), chosen by the name of the file"
    case .tensors: "\(settings), which has such tensors"
    case .none: "\(settings), the usual ones of such a network"
    }
  }
}
