/// A checkpoint that is split over several files, each of which is a .safetensors file or a pickle.
///
/// The index has to be exact: every tensor is in the file that the index names, and in no other.
enum ShardedContainer {
  static func read(
    _ index: ShardIndex, _ files: [MappedFile]
  ) throws(CheckpointError) -> ContainerContents {
    var entries: [TensorDictionary.Entry] = []
    var sources: [(contents: CheckpointContents, tensor: Int)] = []
    var metadata: [String: String] = [:]
    var container = CheckpointContainer.safetensors
    var classNames: [String] = []
    for (name, file) in zip(index.names, files) {
      let shard = try ContainerContents(file)
      (container, metadata) = (shard.container, shard.metadata)
      classNames += shard.contents.classNames
      for entry in try outermost(shard.contents, file) {
        guard index.shards[entry.name] == name else {
          throw stray(entry.name, in: name, index)
        }
        entries.append(
          .init(name: entry.name, tensor: sources.count, problem: entry.problem))
        sources.append((shard.contents, entry.tensor))
      }
    }
    try checkCompleteness(entries, index)
    var contents = CheckpointContents(
      dictionaries: [TensorDictionary(path: [], entries: entries)]
    ) { [sources] (number, name) throws(CheckpointError) in
      try sources[number].contents.tensor(sources[number].tensor, name)
    }
    contents.classNames = classNames
    return ContainerContents(container: container, contents: contents, metadata: metadata)
  }

  private static func outermost(
    _ contents: CheckpointContents, _ file: MappedFile
  ) throws(CheckpointError) -> [TensorDictionary.Entry] {
    guard let dictionary = contents.dictionaries.first(where: { $0.path.isEmpty }) else {
      throw file.badData(
        nil, "is part of a checkpoint, but is not a dictionary of tensors; \(Remedy.fetchAgain)")
    }
    return dictionary.entries
  }

  private static func stray(
    _ tensor: String, in name: String, _ index: ShardIndex
  ) -> CheckpointError {
    let place = index.shards[tensor].map { "is in \(name), but the index says \($0)" }
    return index.file.badData(
      "tensor \(tensor)",
      "\(place ?? "is in \(name), but not in the index"); fetch all files of the checkpoint again")
  }

  private static func checkCompleteness(
    _ entries: [TensorDictionary.Entry], _ index: ShardIndex
  ) throws(CheckpointError) {
    guard entries.count < index.shards.count else { return }
    let found = Set(entries.map(\.name))
    guard let missing = index.shards.keys.sorted().first(where: { !found.contains($0) }) else {
      return
    }
    throw index.file.badData(
      "tensor \(missing)",
      "is not in \(index.shards[missing] ?? ""), where it should be; fetch all files of the "
        + "checkpoint again")
  }
}
