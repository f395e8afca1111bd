/// A .safetensors file: the header's length in eight bytes, the header, and the tensors' bytes.
enum SafetensorsContainer {
  struct Contents {
    let tensors: [StoredTensor]
    let metadata: [String: String]
  }

  /// The limit of the format's own library.
  private static let largestHeader = 100_000_000

  static func read(_ file: MappedFile) throws(CheckpointError) -> Contents {
    var reader = ByteReader(file, 0..<file.count)
    let length = try reader.length64()
    guard length <= largestHeader, length <= reader.remaining else {
      throw file.badData(
        "byte 0",
        "a header of \(length) bytes does not fit into a file of \(file.count), or is over "
          + "\(largestHeader); \(Advice.fetchAgain)")
    }
    let header = try SafetensorsHeader(
      ByteReader(file, try reader.take(length), entry: "the header"))
    let data = reader.position..<file.count
    try checkCoverage(header.entries, data.count, file)
    var tensors: [StoredTensor] = []
    for entry in header.entries { tensors.append(try tensor(entry, data.lowerBound, file)) }
    return Contents(tensors: tensors, metadata: header.metadata)
  }

  /// The tensors must fill the data from end to end, each byte belonging to one of them.
  private static func checkCoverage(
    _ entries: [SafetensorsHeader.Entry], _ size: Int, _ file: MappedFile
  ) throws(CheckpointError) {
    var end = 0
    let ordered = entries.sorted {
      ($0.dataOffsets.lowerBound, $0.dataOffsets.upperBound)
        < ($1.dataOffsets.lowerBound, $1.dataOffsets.upperBound)
    }
    for entry in ordered {
      guard entry.dataOffsets.lowerBound == end, entry.dataOffsets.upperBound <= size else {
        throw file.badData(
          "tensor \(entry.name)",
          "its data_offsets \(entry.dataOffsets.lowerBound) to \(entry.dataOffsets.upperBound) "
            + "do not follow byte \(end) of \(size) bytes of data; \(Advice.fetchAgain)")
      }
      end = entry.dataOffsets.upperBound
    }
    guard end == size else {
      throw file.badData(
        nil,
        "has \(size) bytes of data of which the tensors account for \(end); "
          + Advice.fetchAgain)
    }
  }

  private static func tensor(
    _ entry: SafetensorsHeader.Entry, _ dataStart: Int, _ file: MappedFile
  ) throws(CheckpointError) -> StoredTensor {
    let size = StridedView.product(entry.shape + [entry.scalarType.byteCount])
    guard size == entry.dataOffsets.count else {
      throw file.badData(
        "tensor \(entry.name)",
        "\(entry.dataOffsets.count) bytes are not shape \(entry.shape) of "
          + "\(entry.scalarType.rawValue); \(Advice.fetchAgain)")
    }
    let start = dataStart + entry.dataOffsets.lowerBound
    return try StoredTensor(
      name: entry.name, scalarType: entry.scalarType, shape: entry.shape,
      strides: StridedView.rowMajorStrides(entry.shape), offset: 0,
      storage: start..<start + entry.dataOffsets.count, file: file)
  }
}
