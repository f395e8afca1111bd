import Model

extension KnownModel {
  /// A published diffusion transformer, whose images an autoencoder of another file makes.
  init(_ preset: TransformerPreset) {
    let file = "\(preset.fileNames.first ?? "MODEL").pt"
    let family = preset.fileNames.isEmpty ? " --family \(preset.family.rawValue)" : ""
    self.init(
      kind: .model, name: preset.name, group: preset.source.heading, fileNames: preset.fileNames,
      owner: preset.source.owner, images: preset.images, imageSize: preset.imageSide,
      smallSize: nil, classCount: preset.network.classCount,
      parameterCount: Architecture.transformer(preset.network).parameterCount,
      training: preset.process.text, flags: nil,
      sampling: preset.sampling.map { Sampling($0, isGuided: false) },
      note: preset.note, companions: [],
      sameArchitecture: TransformerPreset.all.filter {
        $0.name != preset.name && $0.network.sharesTensors(with: preset.network)
      }.map(\.name),
      licence: preset.source.licence, use: preset.source.use, url: preset.url,
      page: preset.source.page,
      command: "diffuse-mpi --model \(file)\(family) --first-stage VAE")
  }
}

extension TransformerConfiguration {
  /// Whether a file with the tensors of one network could be one of the other.
  fileprivate func sharesTensors(with other: TransformerConfiguration) -> Bool {
    var same = other
    same.learnsSigma = learnsSigma
    return self == same
  }
}
