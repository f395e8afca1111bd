import Checkpoint
import Compute
import Diffusion
import Foundation

extension LatentScaling {
  /// Returns the scaling of the latents of a diffusion transformer.
  ///
  /// REPA-E's files hold the means and variances of the latents, as running statistics of a batch norm.
  /// Latents of four channels are those of Stable Diffusion's autoencoders. Others need the file
  /// `latents_stats.pt` of the autoencoder in the folder of the model.
  ///
  /// - Throws: `CheckpointError`, `ConfigurationError` or `LatentScalingError` if the statistics are
  ///   missing or cannot be used.
  package static func ofTransformer(
    _ configuration: TransformerConfiguration, in file: CheckpointFile
  ) throws -> LatentScaling {
    let channels = configuration.channels
    guard file.tensors[TransformerSignature.latentMean] != nil,
      file.tensors[TransformerSignature.latentVariance] != nil
    else {
      return channels == 4
        ? .stableDiffusion : try LatentScaling(besides: file.path, channels: channels)
    }
    let mean = try file.parameter(TransformerSignature.latentMean).elements
    let variance = try file.parameter(TransformerSignature.latentVariance).elements
    // REPA-E divides by the reciprocal of the root.
    let scaling = LatentScaling(
      mean: mean, deviation: variance.map { 1 / (1 / $0.squareRoot()) })
    try scaling.validate(channels: channels)
    return scaling
  }

  private static let fileName = "latents_stats.pt"

  /// Reads the statistics in the folder of a model.
  private init(besides model: String, channels: Int) throws {
    let path = URL(fileURLWithPath: model).deletingLastPathComponent()
      .appendingPathComponent(Self.fileName).path
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConfigurationError(
        .checkpoint,
        "the means and deviations of this model's latents, which have \(channels) channels, are not in"
          + " its file: put \(Self.fileName) of its autoencoder into the same folder")
    }
    try self.init(statistics: try CheckpointFile.open(path), channels: channels)
  }

  /// The names of the means and of the standard deviations in files with statistics, and whether the
  /// latter are reciprocals: those of LightningDiT (`latents_stats.pt`) and of REPA-E
  /// (`…-latents-stats.pt`).
  private static let names = [
    (mean: "mean", deviation: "std", isReciprocal: false),
    (mean: "latents_bias", deviation: "latents_scale", isReciprocal: true),
  ]

  /// Reads a file with the statistics of the latents of an autoencoder.
  ///
  /// - Throws: `CheckpointError`, `ConfigurationError` if the file holds something else, or
  ///   `LatentScalingError`.
  package init(statistics file: CheckpointFile, channels: Int) throws {
    let known = Self.names.first {
      file.tensors[$0.mean] != nil && file.tensors[$0.deviation] != nil
    }
    guard let known else {
      throw ConfigurationError(
        .checkpoint,
        "this file holds no statistics of latents: mean and std as LightningDiT's latents_stats.pt, or"
          + " latents_bias and latents_scale as REPA-E's files")
    }
    let deviation = try file.parameter(known.deviation).elements
    self.init(
      mean: try file.parameter(known.mean).elements,
      deviation: known.isReciprocal ? deviation.map { 1 / $0 } : deviation)
    try validate(channels: channels)
  }
}
