import Cache
import Checkpoint
import Diffusion
import Job
import Model
import Recipe

/// Guides that are denoisers: the model itself with its null class, or a second network.
extension ModelChoice {
  /// Returns the guide of `--cfg-scale` or `--guide`, and notes on its flags.
  ///
  /// - Parameters:
  ///   - network: the model, with its null class.
  ///   - settings: the scale that the authors used, if the options name none.
  func denoisingGuide(
    _ options: JobRequest.Networks, _ network: Architecture, _ settings: SamplerSettings,
    _ hashes: FileHashes
  ) throws -> (guide: Guide, notes: [String])? {
    try Self.refuseIncomplete(options)
    let usual = options.guide == nil && network.labels?.null != nil ? settings.cfgScale : nil
    if let scale = options.cfgScale ?? usual, scale != 1 {
      guard network.labels?.null != nil else {
        throw Failure(
          "--cfg-scale needs a model with a null class: name it with --null-class if the model was "
            + "trained with one, or guide with a second, unconditional network (--guide)",
          status: .usage)
      }
      return (.classifierFree(scale: scale), [])
    }
    guard let path = options.guide, let scale = options.guideScale, scale != 1 else { return nil }
    let (source, description) = try guide(path, options, network, hashes)
    return (.network(source, process: description.diffusion, scale: scale), description.notes)
  }

  /// Refuses guides of a model that was trained on continuous noise levels, and other networks as guides
  /// of a flow. The published classifiers
  /// and unconditional models know timesteps, which it does not have.
  func refuseGuides(_ guides: [Guide]) throws(Failure) {
    if description.diffusion.flow != nil, guides.contains(where: { $0.network != nil }) {
      throw Failure(
        "this model is a flow, which only its own null class can guide: leave out --classifier and "
          + "--guide, and give --cfg-scale", status: .usage)
    }
    guard !guides.isEmpty, description.diffusion.preconditioning != nil else { return }
    throw Failure(
      "this model was trained on continuous noise levels and cannot be guided: leave out --classifier,"
        + " --cfg-scale and --guide", status: .usage)
  }

  private static func refuseIncomplete(_ options: JobRequest.Networks) throws(Failure) {
    for (option, scale) in [
      ("--cfg-scale", options.cfgScale), ("--guide-scale", options.guideScale),
    ] {
      guard let scale, !scale.isFinite else { continue }
      throw Failure("\(option) is \(scale); it must be a number", status: .usage)
    }
    guard options.cfgScale == nil || options.guide == nil else {
      throw Failure(
        "--cfg-scale and --guide both give the network to move away from: leave one out",
        status: .usage)
    }
    if options.guide != nil {
      guard options.guideScale == nil else { return }
      throw Failure(
        "--guide needs a strength, such as --guide-scale 2 (1 has no effect)", status: .usage)
    }
    for (option, isGiven) in [
      ("--guide-scale", options.guideScale != nil), ("--guide-flags", options.guideFlags != nil),
      ("--guide-key", options.guideKey != nil),
    ] where isGiven {
      throw Failure("\(option) needs a second network: give its file with --guide", status: .usage)
    }
  }

  private func guide(
    _ path: String, _ options: JobRequest.Networks, _ network: Architecture, _ hashes: FileHashes
  ) throws -> (NetworkSource, ModelDescription) {
    let file = try CheckpointFile.open(path, for: .unet, key: options.guideKey)
    let description = try Self.naming(path) {
      let known = try ModelDescription(
        file, flags: try options.guideFlags.map { try ModelFlags(parsing: $0) },
        hints: .init(path: path))
      guard known.diffusion.preconditioning == nil else {
        throw Failure(
          "this model was trained on continuous noise levels and cannot guide another one",
          status: .usage)
      }
      try Self.check(known.network, guides: network)
      _ = try known.network.network(in: file, prefix: known.prefix)
      return known
    }
    let source = NetworkSource(
      path: path, sha256: try hashes.sha256(of: file.files),
      architecture: description.network, weights: .init(file), prefix: description.prefix)
    return (source, description)
  }

  private static func check(
    _ guide: Architecture, guides network: Architecture
  ) throws(Failure) {
    let (guided, main) = (guide.imageShape, network.imageShape)
    guard guided.width == main.width else {
      throw Failure(
        "the guide makes images of \(guided.width) pixels, the model \(main.width)",
        status: .badData)
    }
    guard guided.channels == main.channels else {
      throw Failure(
        "the guide makes images of \(guided.channels) channels, the model \(main.channels)",
        status: .badData)
    }
    if let classes = guide.classCount, classes != network.classCount {
      throw Failure(
        "the guide knows \(classes) classes, the model "
          + (network.classCount.map { "\($0)" } ?? "none"), status: .badData)
    }
  }
}
