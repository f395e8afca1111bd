/// A comparison of the flags of an encoder with the shapes in a file.
struct EncoderComparison {
  let names: FlagNames
  let imageSize: Int
  /// Whether `channel_mult` was not given, so that it follows from the image size.
  let multipliersComeFromImageSize: Bool
  let stated: EncoderSignature
  let file: EncoderSignature

  /// One sentence for each contradiction, with the flag to use instead.
  var contradictions: [String] {
    // A wrong image size that has other levels also moves the attention.
    let places = multipliersComeFromImageSize && multipliers != nil ? nil : attention
    return [channels, residualBlocks, multipliers, places, scaleShift, resampling].compactMap { $0 }
  }

  private var channels: String? {
    guard stated.modelChannels != file.modelChannels else { return nil }
    return contradiction(
      names.channels, stated.modelChannels,
      "the file's input_blocks.0.0.weight is \(file.widths[0]) wide and its time_embed.0.weight"
        + " \(4 * file.modelChannels)×\(file.modelChannels)", use: file.modelChannels)
  }

  private var residualBlocks: String? {
    guard stated.residualBlocks != file.residualBlocks else { return nil }
    return contradiction(
      names.residualBlocks, stated.residualBlocks,
      "the file's input_blocks have \(file.residualBlocks) at each resolution",
      use: file.residualBlocks)
  }

  private var multipliers: String? {
    // Widths depend on the channels too. Wrong channels are therefore reported first, and once.
    let factors = stated.channelMultipliers
    guard factors != file.channelMultipliers, !widthsAgree else { return nil }
    let found =
      "the levels of the file are \(file.widths.map(String.init).joined(separator: ", "))"
      + " channels wide"
    let use = multiplierText(file.channelMultipliers)
    guard multipliersComeFromImageSize else {
      return contradiction(names.channelMultipliers, multiplierText(factors), found, use: use)
    }
    let other = ReleasedMultipliers(ofUpsampler: names.imageSize == FlagNames.upsampler.imageSize)
      .imageSize(of: file.channelMultipliers)
    return "\(names.imageSize) \(imageSize) means \(names.channelMultipliers)"
      + " \(multiplierText(factors)), but \(found): use "
      + (other.map { "\(names.imageSize) \($0), or " } ?? "") + "\(names.channelMultipliers) \(use)"
  }

  private var widthsAgree: Bool {
    stated.modelChannels == file.modelChannels && stated.widths == file.widths
  }

  private var attention: String? {
    guard stated.attentionDownsamplings != file.attentionDownsamplings else { return nil }
    let resolutions = { (factors: [Int]) in
      factors.map { String(imageSize / $0) }.joined(separator: ",")
    }
    let found =
      file.attentionDownsamplings.isEmpty
      ? "the file has no attention outside its middle block"
      : "the file has attention where the image is"
        + " \(file.attentionDownsamplings.map(String.init).joined(separator: ", ")) times smaller"
    return "\(names.attentionResolutions) puts attention at resolutions"
      + " \(resolutions(stated.attentionDownsamplings).orNone) of \(names.imageSize) \(imageSize),"
      + " but \(found): use \(names.attentionResolutions)"
      + " \(resolutions(file.attentionDownsamplings).orQuotes), or another \(names.imageSize)"
  }

  private var scaleShift: String? {
    guard stated.usesScaleShiftNorm != file.usesScaleShiftNorm else { return nil }
    return contradiction(
      names.scaleShiftNorm, flagText(stated.usesScaleShiftNorm),
      "the file's input_blocks.1.0.emb_layers.1.weight has "
        + (file.usesScaleShiftNorm ? "a scale and a shift" : "one value") + " for each channel",
      use: flagText(file.usesScaleShiftNorm))
  }

  private var resampling: String? {
    guard let stated = stated.resampling, let file = file.resampling, stated != file else {
      return nil
    }
    switch file {
    case .residualBlock:
      return contradiction(
        names.resblockUpdown, "False", "the file resamples in residual blocks", use: "True")
    case .convolution where stated == .residualBlock:
      return contradiction(
        names.resblockUpdown, "True", "the file has convolutions that resample", use: "False")
    case .plain where stated == .residualBlock:
      return contradiction(
        names.resblockUpdown, "True", "the file has no tensors between its resolutions",
        use: "False \(names.convResample) False")
    case .convolution:
      return contradiction(
        names.convResample, "False", "the file has convolutions that resample", use: "True")
    case .plain:
      return contradiction(
        names.convResample, "True", "the file has no tensors between its resolutions",
        use: "False")
    }
  }
}

extension UNetConfiguration {
  /// Returns the contradictions between a file's shapes and this configuration, in terms of the
  /// flags. Empty if they agree.
  package func contradictions(
    with file: UNetSignature, multipliersGiven: Bool = true
  ) -> [String] {
    var contradictions = EncoderComparison(
      names: flagNames, imageSize: imageSize, multipliersComeFromImageSize: !multipliersGiven,
      stated: signature.encoder, file: file.encoder
    ).contradictions
    if classCount != file.classCount { contradictions.append(classContradiction(with: file)) }
    if learnsSigma != file.learnsSigma {
      contradictions.append(
        contradiction(
          "--learn_sigma", flagText(learnsSigma),
          "the file's out.2.weight has \(file.learnsSigma ? 6 : 3) output channels",
          use: flagText(file.learnsSigma)))
    }
    return contradictions
  }

  private func classContradiction(with file: UNetSignature) -> String {
    switch (classCount, file.classCount) {
    case (_, nil):
      contradiction("--class_cond", "True", "the file has no label_emb.weight", use: "False")
    case (nil, _?):
      contradiction("--class_cond", "False", "the file has a label_emb.weight", use: "True")
    case (let stated?, let found?):
      contradiction(
        "--num_classes", stated, "the file's label_emb.weight has \(found) rows", use: found)
    }
  }
}

extension ClassifierConfiguration {
  /// Returns the contradictions between a file's shapes and this configuration, in terms of the
  /// flags. Empty if they agree.
  package func contradictions(
    with file: ClassifierSignature, multipliersGiven: Bool = true
  ) -> [String] {
    var contradictions = EncoderComparison(
      names: .classifier, imageSize: imageSize, multipliersComeFromImageSize: !multipliersGiven,
      stated: signature.encoder, file: file.encoder
    ).contradictions
    if pool != file.pool {
      contradictions.append(
        contradiction(
          "--classifier_pool", pool.rawValue,
          "the file's tensors under out belong to a different pool",
          use: file.pool.rawValue))
    }
    if classCount != file.classCount {
      contradictions.append(
        contradiction(
          "--classifier_num_classes", classCount,
          "the file's last layer has \(file.classCount) outputs", use: file.classCount))
    }
    if let size = file.imageSize, pool == .attention, signature.poolSide != file.poolSide {
      contradictions.append(
        contradiction(
          "--image_size", imageSize,
          "the file's out.2.positional_embedding is for images of \(size) pixels", use: size))
    }
    return contradictions
  }
}

private func contradiction(_ flag: String, _ value: Any, _ found: String, use: Any) -> String {
  "\(flag) \(value), but \(found): use \(flag) \(use)"
}

/// A Boolean in the notation of the reference's command lines.
func flagText(_ value: Bool) -> String { value ? "True" : "False" }

extension String {
  fileprivate var orNone: String { isEmpty ? "(none)" : self }
  fileprivate var orQuotes: String { isEmpty ? "\"\"" : self }
}
