extension ReferenceOption.Sampling {
  /// What to do with the option instead of giving it among the flags of a network.
  var advice: String {
    switch self {
    case .timestepRespacing: "use --steps with the same value (--steps 250, --steps ddim25)"
    case .usesDDIM: "use --sampler ddim (or --sampler ddpm for False)"
    case .clipsDenoised:
      "use --no-clip-denoised for False; samples are clipped as with True by default"
    case .modelPath, .classifierPath, .classifierScale, .sampleCount, .batchSize,
      .baseSamples:
      "use \(ownOption)"
    }
  }
}

/// Advice for options of guided-diffusion's sampling scripts that were given among the flags of a
/// network.
package enum SamplingAdvice {
  /// Returns our option to use instead of the key of a sampling script.
  ///
  /// - Precondition: `key` is one of `FlagVocabulary.samplingKeys`.
  package static func text(insteadOf key: String) -> String {
    ReferenceOption.Sampling(rawValue: key)!.advice
  }
}
