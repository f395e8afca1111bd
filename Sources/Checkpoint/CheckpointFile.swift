/// A checkpoint opened for reading: its tensors by name, their elements still in the mapped file.
///
/// Reads PyTorch's two containers (.pt, .pth, .ckpt) and .safetensors, told apart by their
/// contents. Nothing in a file is ever executed, and every size in it is checked before use.
package struct CheckpointFile: Sendable {
  package let path: String
  package let container: CheckpointContainer
  /// The text metadata of a .safetensors file; empty for PyTorch's containers.
  package let metadata: [String: String]
  /// Every tensor of the chosen state dict by its name.
  package let tensors: [String: StoredTensor]
  /// The tensors' names in the file's order.
  package let names: [String]
  /// The state dicts that the file holds, in its order.
  package let stateDicts: [StateDict]
  /// The one that `tensors` are of.
  package let chosen: StateDict
  /// Those that hold other weights for the same purpose, between which and `chosen` there was a
  /// choice.
  package let alternatives: [StateDict]
  /// Whether it was chosen because its weights are averages.
  package let isChosenAsAverage: Bool
  /// Whether versions of this program that knew no choice read the same tensors.
  package let isFormerDefault: Bool
  /// Classes and functions that made objects in the file and are not known here; none was looked
  /// up.
  package let unknownObjects: [String]
  package let file: MappedFile

  /// Maps the file at `path` and reads its table of contents; no tensor's elements are read.
  ///
  /// - Parameters:
  ///   - pattern: the network that is looked for; any dictionary of tensors without one.
  ///   - key: the state dict to read where the file holds several; `nil` to take the only one, or
  ///     the only one of averaged weights.
  package static func open(
    _ path: String, for pattern: NetworkPattern? = nil, key: String? = nil
  ) throws(CheckpointError) -> CheckpointFile {
    let file = try MappedFile(path)
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

  /// Modules whose objects are data that every training program keeps.
  private static let plainModules = [
    "builtins.", "__builtin__.", "_codecs.", "collections.", "numpy", "torch.",
  ]

  /// The key of the dictionary under which the tensors were found, such as Lightning's
  /// `state_dict`; `nil` when they were not nested.
  package var stateDictionaryKey: String? {
    chosen.key == TensorDictionary.outermost ? nil : chosen.key
  }

  /// Bytes in the file.
  package var byteCount: Int { file.count }
}

extension CheckpointContents {
  /// Where earlier versions looked for tensors: in the outermost dictionary, then under these.
  fileprivate var formerDefault: [String]? {
    let paths: [[String]] = [[], ["state_dict"], ["model_state_dict"], ["model"], ["module"]]
    return paths.first { path in
      dictionaries.contains { $0.path == path && $0.entries.contains { $0.tensor >= 0 } }
    }
  }
}
