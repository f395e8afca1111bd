/// A checkpoint that is open for reading: tensors by name, with their elements in the mapped file.
///
/// Reads PyTorch's two containers (.pt, .pth, .ckpt, .bin) and .safetensors, and detects the
/// container from the contents. A checkpoint may be split over several files that an index lists, or
/// be a folder of the diffusers library, whose tensors get guided-diffusion's names. Nothing in a
/// file is ever executed, and every size in it is checked before use.
package struct CheckpointFile: Sendable {
  package let files: CheckpointFiles
  package let container: CheckpointContainer
  /// The text metadata of a .safetensors file. Empty for PyTorch's containers.
  package let metadata: [String: String]
  /// The tensors of the chosen state dict, by name.
  package let tensors: [String: CheckpointTensor]
  /// The names of the tensors, in the order of the file.
  package let names: [String]
  /// All state dicts in the file, in its order.
  package let stateDicts: [StateDict]
  /// The state dict that `tensors` belongs to.
  package let chosen: StateDict
  /// The state dicts with other weights for the same purpose, which could have been chosen instead.
  package let alternatives: [StateDict]
  /// Whether the state dict was chosen because its weights are averaged.
  package let isChosenAsAverage: Bool
  /// Whether versions of this program that did not choose between state dicts read the same
  /// tensors.
  package let isFormerDefault: Bool
  /// Whether the tensors are those of a whole latent diffusion model (`LatentDiffusionNames`).
  package let isLatentDiffusion: Bool
  /// The unknown classes and functions that made objects in the file. None of them was looked up.
  package let unknownObjects: [String]

  /// Maps the files at `path` and reads their tables of contents, but not the elements of tensors.
  ///
  /// - Parameters:
  ///   - pattern: the wanted network, or `nil` for any dictionary of tensors.
  ///   - key: the state dict to read if the file holds several, such as `ema` or `state_dict`. With
  ///     `nil`, the only state dict is read, or the only one with averaged weights.
  package static func open(
    _ path: String, for pattern: NetworkPattern? = nil, key: String? = nil
  ) throws(CheckpointError) -> CheckpointFile {
    let files = try CheckpointFiles(path)
    if let pattern { try files.diffusers?.require(pattern.diffusers) }
    return try CheckpointFile(files, try files.read(), files.diffusers?.pattern ?? pattern, key)
  }

  private init(
    _ files: CheckpointFiles, _ container: ContainerContents, _ pattern: NetworkPattern?,
    _ key: String?
  ) throws(CheckpointError) {
    let contents = container.contents
    let choice = try StateDictChoice(contents, pattern, key: key, files.main)
    let stored = try choice.tensors()
    let tensors =
      switch files.diffusers?.kind {
      case nil: stored.map(CheckpointTensor.init)
      case .unet: try DiffusersTensors.renamed(stored, files.main)
      case .autoencoder: try DiffusersAutoencoderNames.renamed(stored, files.main)
      case .transformer: try DiffusersTransformerNames.renamed(stored, files.main)
      }
    self.files = files
    self.container = container.container
    metadata = container.metadata
    names = tensors.map(\.name)
    stateDicts = choice.candidates
    chosen = choice.candidates[choice.chosen]
    alternatives = choice.alternatives.map { choice.candidates[$0] }
    isChosenAsAverage = choice.reason == .averaged
    isLatentDiffusion = names.contains { $0.hasPrefix(LatentDiffusionNames.unet) }
    isFormerDefault =
      chosen.prefix.isEmpty && chosen.path == contents.formerDefault && !isLatentDiffusion
    unknownObjects = contents.classNames.filter { name in
      !Self.plainModules.contains(where: name.hasPrefix)
    }
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
  }

  /// Modules whose objects are ordinary data that every training program stores.
  private static let plainModules = [
    "builtins.", "__builtin__.", "_codecs.", "collections.", "numpy", "torch.",
  ]

  /// The key of the dictionary that holds the tensors, such as Lightning's `state_dict`, or `nil`
  /// if the tensors are not nested.
  package var stateDictionaryKey: String? {
    chosen.key == TensorDictionary.outermost ? nil : chosen.key
  }

  /// The path as it was given.
  package var path: String { files.path }

  /// The size of the files with weights in bytes.
  package var byteCount: Int { files.weights.reduce(0) { $0 + $1.count } }
}

extension DiffusersFolder {
  /// The pattern that finds the network under diffusers' names.
  fileprivate var pattern: NetworkPattern {
    switch kind {
    case .unet: DiffusersNames.pattern
    case .autoencoder: DiffusersAutoencoderNames.pattern
    case .transformer: DiffusersTransformerNames.pattern
    }
  }
}

extension CheckpointContents {
  /// The dictionaries in which earlier versions looked for tensors: the outermost one, then these
  /// keys.
  fileprivate var formerDefault: [String]? {
    let paths: [[String]] = [[], ["state_dict"], ["model_state_dict"], ["model"], ["module"]]
    return paths.first { path in
      dictionaries.contains { $0.path == path && $0.entries.contains { $0.tensor >= 0 } }
    }
  }
}
