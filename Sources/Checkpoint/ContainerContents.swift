/// The table of contents of a checkpoint, independent of its container.
struct ContainerContents {
  let container: CheckpointContainer
  let contents: CheckpointContents
  /// The text metadata of a .safetensors file. Empty for PyTorch's containers.
  let metadata: [String: String]
}

extension ContainerContents {
  /// Reads the table of contents of a single file.
  init(_ file: MappedFile) throws(CheckpointError) {
    // Each entry of an archive begins with a header of its own. Reading ahead there would read a
    // third of the file.
    file.setReadAhead(false)
    defer { file.setReadAhead(true) }
    let container = try CheckpointContainer(file)
    switch container {
    case .zipPickle:
      self.init(container: container, contents: try ZipContainer.read(file).contents, metadata: [:])
    case .legacyPickle:
      self.init(
        container: container, contents: try LegacyContainer.read(file).contents, metadata: [:])
    case .safetensors:
      let safetensors = try SafetensorsContainer.read(file)
      self.init(
        container: container, contents: safetensors.contents, metadata: safetensors.metadata)
    }
  }
}
