/// A .safetensors file: the length of the header in eight bytes, the header, and the bytes of the
/// tensors.
enum SafetensorsContainer {
  struct Contents {
    let contents: CheckpointContents
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
          + "\(largestHeader); \(Remedy.fetchAgain)")
    }
    let header = try SafetensorsHeader(
      ByteReader(file, try reader.take(length), entry: "the header"))
    let data = reader.position..<file.count
    try checkCoverage(header.entries, data.count, file)
    return Contents(
      contents: try contents(header.entries, data.lowerBound, file), metadata: header.metadata)
  }

  /// Checks that the tensors fill the data without gaps or overlaps.
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
            + "do not follow byte \(end) of \(size) bytes of data; \(Remedy.fetchAgain)")
      }
      end = entry.dataOffsets.upperBound
    }
    guard end == size else {
      throw file.badData(
        nil,
        "has \(size) bytes of data of which the tensors account for \(end); "
          + Remedy.fetchAgain)
    }
  }

  private static func contents(
    _ entries: [SafetensorsHeader.Entry], _ dataStart: Int, _ file: MappedFile
  ) throws(CheckpointError) -> CheckpointContents {
    var tensors: [StoredTensor?] = []
    for entry in entries { tensors.append(try tensor(entry, dataStart, file)) }
    let named = entries.enumerated().map { number, entry in
      TensorDictionary.Entry(
        name: entry.name, tensor: number,
        problem: entry.scalarType == nil ? unsupported(entry.typeName) : nil)
    }
    return CheckpointContents(
      dictionaries: named.isEmpty ? [] : [TensorDictionary(path: [], entries: named)]
    ) { [tensors] (number, name) throws(CheckpointError) in
      guard let tensor = tensors[number] else {
        throw file.badData("tensor \(name)", unsupported(entries[number].typeName))
      }
      return tensor.named(name)
    }
  }

  private static func unsupported(_ type: String) -> String {
    let known = ScalarType.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", ")
    return "has elements of type \(type.prefix(40)), which is not read (\(known) are): convert it "
      + "with .float() before saving"
  }

  /// Returns `nil` if the type of the tensor is not supported.
  private static func tensor(
    _ entry: SafetensorsHeader.Entry, _ dataStart: Int, _ file: MappedFile
  ) throws(CheckpointError) -> StoredTensor? {
    guard let scalarType = entry.scalarType else { return nil }
    let size = StridedView.product(entry.shape + [scalarType.byteCount])
    guard size == entry.dataOffsets.count else {
      throw file.badData(
        "tensor \(entry.name)",
        "\(entry.dataOffsets.count) bytes are not shape \(entry.shape) of "
          + "\(scalarType.rawValue); \(Remedy.fetchAgain)")
    }
    let start = dataStart + entry.dataOffsets.lowerBound
    return try StoredTensor(
      name: entry.name, scalarType: scalarType, shape: entry.shape,
      strides: StridedView.rowMajorStrides(entry.shape), offset: 0,
      storage: start..<start + entry.dataOffsets.count, file: file)
  }
}
