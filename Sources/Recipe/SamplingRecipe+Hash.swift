import Diffusion
import Hashing
import Model

extension SamplingRecipe {
  /// A short name for all settings that affect the images, independent of the location of files:
  /// the first 16 hexadecimal digits of the SHA-256 of `canonicalText`.
  package var hash: String {
    let text = canonicalText
    return String(Array(text.utf8).withUnsafeBytes(SHA256.hexadecimal).prefix(16))
  }

  /// The settings as one line of text. The text must stay the same for the same images, because
  /// folders, PNG files and caches of all versions hold its hash.
  ///
  /// A setting that a version adds is omitted if it has the value that earlier versions used. Every
  /// stage is an object, and later stages follow the first one.
  package var canonicalText: String {
    decoding?.canonicalText ?? stages.map(\.canonicalText).joined(separator: "\n")
  }
}

extension LatentDecoding {
  // Neither the path nor the batch size affects the images.
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("firstStage", firstStage.canonicalText), ("latents", latents.sha256.canonical),
    ]).text
  }
}

extension Stage {
  fileprivate var canonicalText: String {
    let source = classifier?.source
    return CanonicalObject([
      ("batchSize", batchSize.canonical),
      ("classifier", source?.canonicalText),
      ("classifierScale", (classifier?.scale ?? 0).canonical),
      ("classifierFreeScale", classifierFreeScale?.canonical),
      ("churn", solver.churn?.canonicalText),
      ("clipsDenoised", clipsDenoised.canonical),
      ("diffusion", process.canonicalText),
      ("end", solver.multistep?.end.rawValue.canonical),
      ("eta", solver.eta.canonical),
      ("firstStage", firstStage?.canonicalText),
      ("guide", guide?.source.canonicalText),
      ("guideDiffusion", guide?.process.canonicalText),
      ("guideScale", guide?.scale.canonical),
      ("guidanceInterval", guidanceInterval?.canonicalText),
      ("guidedChannels", guidedChannels?.canonical),
      ("input", input.canonicalText),
      ("lowersOrderAtEnd", solver.multistep?.lowersOrderAtEnd.canonical),
      ("order", solver.order?.canonical),
      ("precision", precision.rawValue.canonical),
      ("sampler", solver.method.name.rawValue.canonical),
      ("spacing", solver.multistep?.spacing?.rawValue.canonical),
      ("steps", solver.steps.canonical),
      ("threshold", threshold.canonicalText),
      (denoiser.isTransformer ? "transformer" : "unet", denoiser.canonicalText),
    ]).text
  }
}

extension FirstStage {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("decoder", source.canonicalText),
      ("precision", precision.rawValue.canonical),
      ("rounding", rounding.rawValue.canonical),
      ("scaling", scaling.canonicalText),
    ]).text
  }
}

extension LatentScaling {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("deviation", deviation?.map(\.canonical).canonical),
      ("factor", factor.canonical),
      ("mean", mean?.map(\.canonical).canonical),
    ]).text
  }
}

extension Stage.Input {
  fileprivate var canonicalText: String? {
    switch self {
    case .noise: nil
    case .images: "images".canonical
    // The path does not affect the images.
    case .samples(let source): CanonicalObject([("sha256", source.sha256.canonical)]).text
    }
  }
}

extension GuidanceInterval {
  fileprivate var canonicalText: String {
    CanonicalObject([("highest", highest.canonical), ("lowest", lowest.canonical)]).text
  }
}

extension Threshold {
  fileprivate var canonicalText: String? {
    self == .none ? nil : percentile?.canonical ?? kind.rawValue.canonical
  }
}

extension Heun.Churn {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("amount", amount.canonical),
      ("highest", range.upperBound.canonical),
      ("lowest", range.lowerBound.canonical),
      ("noise", noise.canonical),
    ]).text
  }
}

extension NetworkSource {
  fileprivate var isTransformer: Bool {
    if case .transformer = architecture { true } else { false }
  }

  fileprivate var canonicalText: String {
    // The path does not affect the images.
    CanonicalObject([
      ("configuration", architecture.canonicalText),
      ("path", "".canonical),
      ("prefix", prefix.isEmpty ? nil : prefix.canonical),
      ("sha256", sha256.canonical),
      ("weights", weights.flatMap { $0.isFormerDefault ? nil : $0.canonicalText }),
    ]).text
  }
}

extension WeightsChoice {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("isAveraged", isAveraged.canonical),
      ("isFormerDefault", isFormerDefault.canonical),
      ("key", key.canonical),
    ]).text
  }
}

extension DiffusionConfiguration {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("latent", latent?.canonicalText),
      ("flow", flow?.canonicalText),
      ("learnsSigma", learnsSigma.canonical),
      ("preconditioning", preconditioning?.canonicalText),
      ("predictsXStart", predictsXStart.canonical),
      ("rescalesTimesteps", rescalesTimesteps.canonical),
      ("schedule", schedule.rawValue.canonical),
      ("steps", steps.canonical),
      ("usesSmallSigma", usesSmallSigma.canonical),
    ]).text
  }
}

extension FlowProcess {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("direction", direction.rawValue.canonical),
      ("shift", shift?.canonical),
    ]).text
  }
}

extension Preconditioning {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("isConsistencyModel", isConsistencyModel.canonical),
      ("sigmaData", sigmaData.canonical),
      ("sigmaMax", sigmaMax.canonical),
      ("sigmaMin", sigmaMin.canonical),
    ]).text
  }
}

extension LatentProcess {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("betaEnd", betaEnd.canonical),
      ("betaStart", betaStart.canonical),
      ("storedAlphaBar", storedAlphaBar?.map(\.canonical).canonical),
    ]).text
  }
}

extension Architecture {
  /// The architecture as one line of text. The keys of packed weights use it too.
  package var canonicalText: String {
    switch self {
    case .unet(let configuration): configuration.canonicalText
    case .classifier(let configuration): configuration.canonicalText
    case .decoder(let configuration):
      CanonicalObject([("decoder", configuration.canonicalText)]).text
    case .encoder(let configuration):
      CanonicalObject([("encoder", configuration.canonicalText)]).text
    case .transformer(let configuration): configuration.canonicalText
    }
  }
}

extension TransformerConfiguration {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("channels", channels.canonical),
      ("classCount", classCount.canonical),
      ("depth", depth.canonical),
      ("heads", heads.canonical),
      ("hiddenWidth", hiddenWidth.canonical),
      ("imageSize", imageSize.canonical),
      ("layers", layers?.rawValue.canonical),
      ("learnsSigma", learnsSigma.canonical),
      ("outChannels", outChannels.canonical),
      ("patchSize", patchSize.canonical),
      ("storesPositions", storesPositions.canonical),
      ("width", width.canonical),
    ]).text
  }
}

extension UNetConfiguration {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("attentionDimensions", attentionDimensions?.canonical),
      ("attentionDownsamplings", attentionDownsamplings.map(\.canonical).canonical),
      ("attentionOrder", attentionOrder.rawValue.canonical),
      ("channelMultipliers", channelMultipliers.map(\.canonical).canonical),
      ("classCount", classCount?.canonical),
      ("convolvesWhenResampling", convolvesWhenResampling.canonical),
      ("heads", heads.canonicalText),
      ("headsUp", headsUp?.canonicalText),
      ("imageSize", imageSize.canonical),
      ("inChannels", inChannels.canonical),
      ("latentChannels", latentChannels?.canonical),
      ("learnsSigma", learnsSigma.canonical),
      ("modelChannels", modelChannels.canonical),
      ("nullClass", nullClass?.canonical),
      ("resamplesInResidualBlocks", resamplesInResidualBlocks.canonical),
      ("residualBlocks", residualBlocks.canonical),
      ("spatialTransformer", spatialTransformer?.canonicalText),
      ("usesScaleShiftNorm", usesScaleShiftNorm.canonical),
    ]).text
  }
}

extension SpatialTransformerConfiguration {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("contextChannels", contextChannels.canonical), ("depth", depth.canonical),
    ]).text
  }
}

extension ClassifierConfiguration {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("attentionDownsamplings", attentionDownsamplings.map(\.canonical).canonical),
      ("attentionOrder", attentionOrder.rawValue.canonical),
      ("channelMultipliers", channelMultipliers.map(\.canonical).canonical),
      ("classCount", classCount.canonical),
      ("convolvesWhenResampling", convolvesWhenResampling.canonical),
      ("heads", heads.canonicalText),
      ("imageSize", imageSize.canonical),
      ("inChannels", inChannels.canonical),
      ("modelChannels", modelChannels.canonical),
      ("pool", pool.rawValue.canonical),
      ("resamplesInResidualBlocks", resamplesInResidualBlocks.canonical),
      ("residualBlocks", residualBlocks.canonical),
      ("usesScaleShiftNorm", usesScaleShiftNorm.canonical),
    ]).text
  }
}

extension AutoencoderConfiguration {
  fileprivate var canonicalText: String {
    CanonicalObject([
      ("attendsInMiddle", attendsInMiddle.canonical),
      ("attentionDownsamplings", attentionDownsamplings.map(\.canonical).canonical),
      ("hasPostQuantConvolution", hasPostQuantConvolution.canonical),
      ("hasQuantConvolution", hasQuantConvolution.canonical),
      ("imageHeight", imageHeight.canonical),
      ("imageWidth", imageWidth.canonical),
      ("innerChannels", innerChannels.canonical),
      ("kind", kind.canonicalText),
      ("latentChannels", latentChannels.canonical),
      ("residualBlocks", residualBlocks.canonical),
      ("stemChannels", stemChannels.canonical),
      ("widths", widths.map(\.canonical).canonical),
    ]).text
  }
}

extension AutoencoderConfiguration.Kind {
  fileprivate var canonicalText: String {
    switch self {
    case .kl: "kl".canonical
    case .vq(let codes, let quantises):
      CanonicalObject([("codes", codes.canonical), ("quantises", quantises.canonical)]).text
    }
  }
}

extension AttentionHeads {
  fileprivate var canonicalText: String {
    switch self {
    case .count(let count): "{\"count\":{\"_0\":\(count)}}"
    case .channelsEach(let width): "{\"channelsEach\":{\"_0\":\(width)}}"
    }
  }
}

// MARK: - The form of the text

/// A JSON object on one line, with its members in the given order. Members without a value are
/// omitted.
private struct CanonicalObject {
  let text: String

  init(_ members: [(key: String, value: String?)]) {
    let present = members.compactMap { key, value in value.map { "\"\(key)\":\($0)" } }
    text = "{\(present.joined(separator: ","))}"
  }
}

extension Int {
  fileprivate var canonical: String { "\(self)" }
}

extension Bool {
  fileprivate var canonical: String { "\(self)" }
}

extension BinaryFloatingPoint where Self: CustomStringConvertible {
  /// The shortest decimal number for this value, without a fraction of zero.
  fileprivate var canonical: String {
    description.hasSuffix(".0") ? String(description.dropLast(2)) : description
  }
}

extension [String] {
  fileprivate var canonical: String { "[\(joined(separator: ","))]" }
}

extension String {
  /// A JSON string with escaped slashes.
  fileprivate var canonical: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "/": text += "\\/"
      case "\u{8}": text += "\\b"
      case "\u{c}": text += "\\f"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{f}": text += "\\u000\(String(scalar.value, radix: 16))"
      case "\u{10}"..."\u{1f}": text += "\\u00\(String(scalar.value, radix: 16))"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
