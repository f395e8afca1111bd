import Arguments
import Cache
import Checkpoint
import Job
import Model
import Output
import Recipe

/// The recipe and the plan of `decode`, with all defaults filled in.
struct DecodingChoice {
  let decoding: LatentDecoding
  let plan: ImagePlan
  /// The class names of a bundled model, if there are labels.
  let classNames: [String]?
  /// The latents and their decoder, for display.
  let title: String
  /// Notes on how the options were read.
  let notes: [String]

  /// A first stage, and what is known from the place where it was found.
  private struct Source {
    var firstStage: FirstStage
    let title: String
    var notes: [String] = []
    /// The class names and the number of classes of a model.
    var classNames: [String]?
    var classCount: Int?
  }

  /// - Throws: a `Failure`, or another error about the files that the options name.
  init(_ request: JobRequest, latents path: String, _ hashes: FileHashes) throws {
    let latents = try LatentsCollection(opening: path)
    var source =
      try request.networks.model.isEmpty
      ? Self.firstStage(request, hashes) : Self.model(request, hashes)
    let decoder = try Self.decoder(source.firstStage, fitting: latents)
    source.firstStage.source.architecture = .decoder(decoder)
    let classCount = latents.classCount.map { source.classCount ?? $0 }
    plan = try Self.plan(latents, request.images, classCount: classCount)
    classNames = classCount == nil ? nil : source.classNames
    (title, notes) = (source.title, source.notes)
    decoding = LatentDecoding(
      latents: LatentsSource(
        path: path, sha256: try hashes.sha256(of: MappedFile(path)), classCount: classCount),
      firstStage: source.firstStage,
      batchSize: try SamplerSettings.batchSize(
        request.sampling.batchSize, imageSize: decoder.imageWidth))
  }

  /// Returns the first stage of `--model`.
  private static func model(_ request: JobRequest, _ hashes: FileHashes) throws -> Source {
    guard request.latentScale == nil else {
      throw Failure(
        "--scale is for a first stage of its own, but --model says the scale of its latents: leave "
          + "one of them out", status: .usage)
    }
    let model = try ModelChoice(request.networks)
    let precision = request.sampling.precision.elementType
    guard
      let firstStage = try model.firstStage(request.networks, precision: precision, hashes)
    else {
      throw Failure(
        "\(model.file.path): this model makes images, not latents, so it has nothing to decode them "
          + "with", status: .usage)
    }
    return Source(
      firstStage: firstStage, title: model.title, notes: model.description.notes,
      classNames: model.classNames, classCount: model.description.network.classCount)
  }

  /// Returns the first stage of `--first-stage`, with a note if nothing says the scale of the latents.
  private static func firstStage(_ request: JobRequest, _ hashes: FileHashes) throws -> Source {
    guard let path = request.networks.firstStage else {
      throw Failure(
        "decoding needs a decoder: give the model that made the latents with --model, or its "
          + "autoencoder with --first-stage", status: .usage)
    }
    let config = try request.networks.config.map { try LatentConfigFile($0) }
    let file = try ModelChoice.naming(path) {
      try FirstStageFile(option: path, stated: config?.firstStage)
    }
    let source = NetworkSource(
      path: file.file.path, sha256: try hashes.sha256(of: file.file.files),
      architecture: .decoder(file.configuration), weights: .init(file.file), prefix: file.prefix)
    let (scaling, note) = file.scaling(chosen: request.latentScale)
    return Source(
      firstStage: FirstStage(
        source: source, scaling: scaling,
        // latent-diffusion truncates, and diffusers rounds.
        rounding: file.prefix.isEmpty ? .rounded : .truncated,
        precision: request.sampling.precision.elementType),
      title: source.fileName, notes: note.map { ["note: \($0)"] } ?? [])
  }

  /// Returns the decoder in the size of the latents.
  private static func decoder(
    _ firstStage: FirstStage, fitting latents: LatentsCollection
  ) throws -> AutoencoderConfiguration {
    let decoder = firstStage.autoencoder
    guard latents.channels == decoder.latentChannels else {
      throw Failure(
        "\(latents.path): these latents have \(latents.channels) channels, but the decoder in "
          + "\(firstStage.source.path) takes \(decoder.latentChannels): give the model or the "
          + "autoencoder that they were made for", status: .badData)
    }
    guard latents.width == latents.height else {
      throw Failure(
        "\(latents.path): these latents have \(latents.height)×\(latents.width) places, but the "
          + "images of a job are squares", status: .badData)
    }
    let fitting = decoder.forLatents(height: latents.height, width: latents.width)
    try fitting.validate()
    return fitting
  }

  /// Returns the plan: image i is made of latent i, has its label, and the seed i.
  private static func plan(
    _ latents: LatentsCollection, _ options: PlanOptions, classCount: Int?
  ) throws(Failure) -> ImagePlan {
    let count = options.numSamples ?? latents.count
    guard (1...latents.count).contains(count) else {
      throw Failure(
        "--num-samples is \(count), but there are \(latents.count) latents in \(latents.path)",
        status: .usage)
    }
    guard let classCount else {
      return ImagePlan(labels: .unconditional, seeds: NumberRanges(first: count))
    }
    var labels: [UInt32] = []
    for index in 0..<count {
      guard let label = latents.label(of: index), (0..<classCount).contains(label) else {
        throw Failure(
          "\(latents.path): latent \(index) has the label \(latents.label(of: index) ?? -1), but the "
            + "model's classes are 0 to \(classCount - 1)", status: .badData)
      }
      labels.append(UInt32(label))
    }
    return ImagePlan(
      path: latents.path, labels: PackedNumbers(labels),
      seeds: PackedNumbers((0..<count).map(UInt32.init)))
  }
}
