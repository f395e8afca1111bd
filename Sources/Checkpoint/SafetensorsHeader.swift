import JSON

/// The header of a .safetensors file: tensors by name, and text metadata.
///
/// The header is JSON of a fixed form. It accepts what the format's own library accepts: unknown
/// fields, and metadata that is null. The format is described at
/// https://github.com/huggingface/safetensors.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    /// `nil` if the type is not supported.
    let scalarType: ScalarType?
    /// The type as the file spells it.
    let typeName: String
    let shape: [Int]
    /// The range of the tensor's data in bytes, from the end of the header.
    let dataOffsets: Range<Int>
  }

  /// The entries in the order of the header.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Parses the header in the bytes of `reader`.
  init(_ reader: ByteReader) throws(CheckpointError) {
    let place = reader.position..<reader.bounds.upperBound
    var scanner = JSONScanner(reader.file.bytes(place))
    do throws(JSONError) {
      try read(&scanner)
    } catch {
      throw reader.bad(error.text(in: "the header"), at: place.lowerBound + error.offset)
    }
  }

  private mutating func read(_ scanner: inout JSONScanner) throws(JSONError) {
    var names: Set<String> = []
    try scanner.object { (scanner, name) throws(JSONError) in
      guard names.insert(name).inserted else {
        throw scanner.error(.content("\(name) is described twice"))
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
  ) throws(JSONError) -> [String: String] {
    var metadata: [String: String] = [:]
    if scanner.null() { return metadata }
    try scanner.object { (scanner, key) throws(JSONError) in
      metadata[key] = try scanner.string()
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(JSONError) -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, field) throws(JSONError) in
      switch field {
      case "dtype" where type == nil: type = try scanner.string()
      case "shape" where shape == nil:
        shape = try scanner.integers(atMost: StoredTensor.largestRank)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(atMost: 2)
      case "dtype", "shape", "data_offsets":
        throw scanner.error(.content("tensor \(name) has a field \(field) twice"))
      default: try scanner.skipValue()
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1]
    else {
      throw scanner.error(
        .content("tensor \(name) lacks a dtype, a shape or two ascending data_offsets"))
    }
    return Entry(
      name: name, scalarType: ScalarType(safetensors: type), typeName: type, shape: shape,
      dataOffsets: offsets[0]..<offsets[1])
  }
}
