/// The container that `torch.save` wrote before PyTorch 1.6: five pickles (a magic number, a
/// version, facts about the machine, the object, the keys of the storages), then the bytes of the
/// storages.
enum LegacyContainer {
  /// 0x1950A86A20F9469CFC6C, little-endian as in the file.
  private static let magicNumber: [UInt8] = [
    0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]

  /// The magic number as pickle protocols 0 and 1 write it.
  static let textMagicNumber = Array("L119547037146038801333356L\n".utf8)

  static func read(_ file: MappedFile) throws(CheckpointError) -> PickledCheckpoint {
    var reader = ByteReader(file, 0..<file.count)
    guard isMagicNumber(try unpickle(&reader).root, file) else {
      throw file.badData(nil, ForeignFormat.foreignPickle)
    }
    guard case .int(1001) = try unpickle(&reader).root else {
      throw reader.bad("the container's version is not 1001; \(Remedy.fetchAgain)")
    }
    try checkByteOrder(&reader)
    let (root, heap) = try unpickle(&reader)
    let places = try storagePlaces(&reader, heap.storages)
    return PickledCheckpoint(root: root, heap: heap, places: places, file: file)
  }

  private static func isMagicNumber(_ value: PickleValue, _ file: MappedFile) -> Bool {
    if case .longInteger(let place) = value { return file.bytes(place).elementsEqual(magicNumber) }
    return file.has(textMagicNumber, at: 0)
  }

  private static func unpickle(
    _ reader: inout ByteReader
  ) throws(CheckpointError) -> (root: PickleValue, heap: PickleHeap) {
    var unpickler = Unpickler(reader)
    let root = try unpickler.run()
    reader = unpickler.reader
    return (root, unpickler.heap)
  }

  private static func checkByteOrder(_ reader: inout ByteReader) throws(CheckpointError) {
    let start = reader.position
    let (root, heap) = try unpickle(&reader)
    if case .bool(false) = heap.value(for: "little_endian", in: root) {
      throw reader.bad(
        "the numbers are big-endian: load the checkpoint in PyTorch and save it again on a "
          + "little-endian machine", at: start)
    }
  }

  /// Reads the keys of the storages and, for each storage, its element count and the range of its
  /// elements.
  private static func storagePlaces(
    _ reader: inout ByteReader, _ storages: [PickledStorage]
  ) throws(CheckpointError) -> [String: Range<Int>] {
    var described: [String: PickledStorage] = [:]
    for storage in storages { described[storage.key] = storage }
    let start = reader.position
    let (root, heap) = try unpickle(&reader)
    guard case .list(let keys) = root else {
      throw reader.bad("the list of storages is missing; \(Remedy.fetchAgain)", at: start)
    }
    var places: [String: Range<Int>] = [:]
    for value in heap.containers[keys] {
      guard let key = storageKey(value), let storage = described[key], places[key] == nil else {
        throw reader.bad(
          "the list of storages is not that of the tensors; \(Remedy.fetchAgain)", at: start)
      }
      places[key] = try storagePlace(&reader, storage)
    }
    return places
  }

  private static func storagePlace(
    _ reader: inout ByteReader, _ storage: PickledStorage
  ) throws(CheckpointError) -> Range<Int> {
    let start = reader.position
    let count = try reader.integer(Int64.self)
    guard count == storage.count, let size = storage.byteCount else {
      throw reader.bad(
        "storage \(storage.key) has \(count) elements where \(storage.count) are announced; "
          + Remedy.fetchAgain, at: start)
    }
    return try reader.take(size)
  }
}
