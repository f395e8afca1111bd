/// A checkpoint that is open for reading: tensors by name, with their elements in the mapped file.
///
/// Reads PyTorch's two containers (.pt, .pth, .ckpt) and .safetensors, and detects the container
/// from the contents. Nothing in a file is ever executed, and every size in it is checked before
/// use.
package struct CheckpointFile: Sendable {
  package let path: String
  package let container: CheckpointContainer
  /// The text metadata of a .safetensors file. Empty for PyTorch's containers.
  package let metadata: [String: String]
  /// The tensors of the chosen state dict, by name.
  package let tensors: [String: StoredTensor]
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
  /// The unknown classes and functions that made objects in the file. None of them was looked up.
  package let unknownObjects: [String]
  package let file: MappedFile

  /// Maps the file at `path` and reads its table of contents, but not the elements of tensors.
  ///
  /// - Parameters:
  ///   - pattern: the wanted network, or `nil` for any dictionary of tensors.
  ///   - key: the state dict to read if the file holds several, such as `ema` or `state_dict`. With
  ///     `nil`, the only state dict is read, or the only one with averaged weights.
  package static func open(
    _ path: String, for pattern: NetworkPattern? = nil, key: String? = nil
  ) throws(CheckpointError) -> CheckpointFile {
    let file = try MappedFile(path)
    // Each entry of an archive begins with a header of its own. Reading ahead there would read a
    // third of the file.
    file.setReadAhead(false)
    defer { file.setReadAhead(true) }
    let container = try CheckpointContainer(file)
    switch container {
    case .zipPickle, .legacyPickle:
      let pickled =
        container == .zipPickle ? try ZipContainer.read(file) : try LegacyContainer.read(file)
      return try CheckpointFile(file, container, pickled.contents, pattern, key)
    case .safetensors:
      let contents = try SafetensorsContainer.read(file)
      return try CheckpointFile(
        file, container, contents.contents, pattern, key, metadata: contents.metadata)
    }
  }

  private init(
    _ file: MappedFile, _ container: CheckpointContainer, _ contents: CheckpointContents,
    _ pattern: NetworkPattern?, _ key: String?, metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    let choice = try StateDictChoice(contents, pattern, key: key, file)
    let tensors = try choice.tensors()
    self.file = file
    self.container = container
    self.metadata = metadata
    path = file.path
    names = tensors.map(\.name)
    stateDicts = choice.candidates
    chosen = choice.candidates[choice.chosen]
    alternatives = choice.alternatives.map { choice.candidates[$0] }
    isChosenAsAverage = choice.reason == .averaged
    isFormerDefault = chosen.prefix.isEmpty && chosen.path == contents.formerDefault
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

  /// The size of the file in bytes.
  package var byteCount: Int { file.count }
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
