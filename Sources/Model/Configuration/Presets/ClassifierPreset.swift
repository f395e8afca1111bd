/// A published noisy classifier. Its shapes are enough to know its other settings.
package struct ClassifierPreset: Sendable, Equatable {
  /// The name of the released file without `.pt`.
  package let name: String
  package let configuration: ClassifierConfiguration

  package var source: PresetSource { .guidedDiffusion }
  package var url: String { source.url(of: name) }

  /// The name with that of its authors.
  package var title: String { "\(source.owner)'s \(name)" }

  /// The models that the classifier guides.
  package var models: [ModelPreset] { ModelPreset.all.filter { $0.companions.contains(name) } }

  /// Returns the preset with exactly this signature, or `nil` if several presets have it and
  /// differ.
  package static func matching(_ signature: ClassifierSignature) -> ClassifierPreset? {
    let matches = all.filter { $0.configuration.signature == signature }
    return matches.count == 1 ? matches[0] : nil
  }

  package static func named(_ name: String) -> ClassifierPreset? {
    all.first { $0.name == name }
  }

  package static let all: [ClassifierPreset] = [
    ClassifierPreset(imageSize: 64, residualBlocks: 4),
    ClassifierPreset(imageSize: 128, residualBlocks: 2),
    ClassifierPreset(imageSize: 256, residualBlocks: 2),
    ClassifierPreset(imageSize: 512, residualBlocks: 2),
  ]

  private init(imageSize: Int, residualBlocks: Int) {
    name = "\(imageSize)x\(imageSize)_classifier"
    let multipliers = ReleasedMultipliers.byImageSize[imageSize] ?? []
    configuration = ClassifierConfiguration(
      imageSize: imageSize, modelChannels: 128, residualBlocks: residualBlocks,
      channelMultipliers: multipliers,
      attentionDownsamplings: attentionDownsamplings(
        resolutions: [32, 16, 8], imageSize: imageSize, levels: multipliers.count),
      heads: .channelsEach(64), usesScaleShiftNorm: true, resamplesInResidualBlocks: true,
      pool: .attention, classCount: 1000)
  }
}
