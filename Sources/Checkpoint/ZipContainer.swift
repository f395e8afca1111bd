/// The container that `torch.save` writes since PyTorch 1.6: a ZIP archive with the pickle
/// `NAME/data.pkl` and a stored entry `NAME/data/KEY` for each storage.
enum ZipContainer {
  static func read(_ file: MappedFile) throws(CheckpointError) -> PickledCheckpoint {
    let archive = try ZipArchive(file)
    let folder = try self.folder(archive, file)
    try checkByteOrder(archive, folder, file)
    guard let program = try archive.bytes(of: folder + "data.pkl") else {
      throw file.badData("entry \(folder)data.pkl", "is missing; \(Remedy.fetchAgain)")
    }
    var unpickler = Unpickler(ByteReader(file, program, entry: folder + "data.pkl"))
    let root = try unpickler.run()
    var places: [String: Range<Int>] = [:]
    for storage in unpickler.heap.storages where places[storage.key] == nil {
      places[storage.key] = try archive.bytes(of: "\(folder)data/\(storage.key)")
    }
    return PickledCheckpoint(root: root, heap: unpickler.heap, places: places, file: file)
  }

  /// The folder that holds all entries of the archive, with a trailing slash.
  private static func folder(
    _ archive: ZipArchive, _ file: MappedFile
  ) throws(CheckpointError) -> String {
    if archive.names.contains(where: { $0.hasSuffix("/constants.pkl") }) {
      throw file.badData(
        nil,
        "is a TorchScript archive, whose network is code: load it with torch.jit.load and save "
          + "its state_dict with torch.save")
    }
    guard let program = archive.names.first(where: { $0.hasSuffix("/data.pkl") }) else {
      throw file.badData(nil, ForeignFormat.zip(archive.names))
    }
    return String(program.dropLast("data.pkl".count))
  }

  private static func checkByteOrder(
    _ archive: ZipArchive, _ folder: String, _ file: MappedFile
  ) throws(CheckpointError) {
    guard let place = try archive.bytes(of: folder + "byteorder") else { return }
    guard file.bytes(place).elementsEqual("little".utf8) else {
      throw file.badData(
        "entry \(folder)byteorder",
        "the numbers are big-endian: load the checkpoint in PyTorch and save it again on a "
          + "little-endian machine")
    }
  }
}
