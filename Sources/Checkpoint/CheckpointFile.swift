/// A checkpoint opened for reading: its tensors by name, their elements still in the mapped file.
///
/// Reads PyTorch's two containers (.pt, .pth, .ckpt) and .safetensors, told apart by their
/// contents. Nothing in a file is ever executed, and every size in it is checked before use.
package struct CheckpointFile: Sendable {
  package let path: String
  package let container: CheckpointContainer
  /// The text metadata of a .safetensors file; empty for PyTorch's containers.
  package let metadata: [String: String]
  /// Every tensor by its name.
  package let tensors: [String: StoredTensor]
  /// The tensors' names in the file's order.
  package let names: [String]
  /// The key of the outermost dictionary under which the tensors were found, such as Lightning's
  /// `state_dict`; `nil` when they were not nested.
  package let stateDictionaryKey: String?
  package let file: MappedFile

  /// Maps the file at `path` and reads its table of contents; no tensor's elements are read.
  package static func open(_ path: String) throws(CheckpointError) -> CheckpointFile {
    let file = try MappedFile(path)
    let container = try CheckpointContainer(file)
    switch container {
    case .zipPickle, .legacyPickle:
      let pickled =
        container == .zipPickle ? try ZipContainer.read(file) : try LegacyContainer.read(file)
      let dictionary = try StateDictionary(pickled)
      return CheckpointFile(file, container, dictionary.tensors, key: dictionary.key)
    case .safetensors:
      let contents = try SafetensorsContainer.read(file)
      return CheckpointFile(file, container, contents.tensors, metadata: contents.metadata)
    }
  }

  private init(
    _ file: MappedFile, _ container: CheckpointContainer, _ tensors: [StoredTensor],
    metadata: [String: String] = [:], key: String? = nil
  ) {
    self.file = file
    self.container = container
    self.metadata = metadata
    path = file.path
    names = tensors.map(\.name)
    stateDictionaryKey = key
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
  }

  /// Bytes in the file.
  package var byteCount: Int { file.count }
}
