/// The header of a .safetensors file: tensors by name, and text metadata.
///
/// It is JSON of one fixed form, which is parsed as such: nothing in it can nest, and no key may
/// be set twice. The format is described at https://github.com/huggingface/safetensors.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let scalarType: ScalarType
    let shape: [Int]
    /// Counted in bytes from the header's end.
    let dataOffsets: Range<Int>
  }

  /// In the header's order.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Parses the header that `reader` spans.
  init(_ reader: ByteReader) throws(CheckpointError) {
    var scanner = JSONScanner(reader)
    var names: Set<String> = []
    try scanner.object { (scanner, name) throws(CheckpointError) in
      guard names.insert(name).inserted else {
        throw scanner.bad("\(name) is described twice; \(Advice.fetchAgain)")
      }
      if name == "__metadata__" {
        metadata = try Self.metadata(&scanner)
      } else {
        entries.append(try Self.entry(name, &scanner))
      }
    }
    try scanner.end()
  }

  private static func metadata(
    _ scanner: inout JSONScanner
  ) throws(CheckpointError) -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.object { (scanner, key) throws(CheckpointError) in
      guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
        throw scanner.bad("the metadata \(key) is set twice; \(Advice.fetchAgain)")
      }
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(CheckpointError) -> Entry {
    var scalarType: ScalarType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, field) throws(CheckpointError) in
      switch field {
      case "dtype" where scalarType == nil: scalarType = try Self.scalarType(name, &scanner)
      case "shape" where shape == nil:
        shape = try scanner.integers(atMost: StoredTensor.largestRank)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(atMost: 2)
      default:
        throw scanner.bad(
          "tensor \(name) has a field \(field) twice or of no meaning; \(Advice.fetchAgain)")
      }
    }
    guard let scalarType, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1]
    else {
      throw scanner.bad(
        "tensor \(name) lacks a dtype, a shape or two ascending data_offsets; "
          + Advice.fetchAgain)
    }
    return Entry(
      name: name, scalarType: scalarType, shape: shape, dataOffsets: offsets[0]..<offsets[1])
  }

  private static func scalarType(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(CheckpointError) -> ScalarType {
    let text = try scanner.string()
    guard let type = ScalarType(safetensors: text) else {
      let known = ScalarType.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", ")
      throw scanner.bad(
        "tensor \(name) has elements of type \(text), which is none of \(known): convert it")
    }
    return type
  }
}
