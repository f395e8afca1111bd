/// `label` or `label,seed`.
enum CSVLine {
  static func entry(_ line: UnsafeRawBufferPointer) throws(LabelsLineError) -> LabelsEntry {
    guard let comma = line.firstIndex(of: UInt8(ascii: ",")) else {
      return LabelsEntry(label: try number(line, "label"), seed: nil)
    }
    let (label, seed) = (line[..<comma], line[(comma + 1)...])
    guard !seed.contains(UInt8(ascii: ",")) else {
      throw LabelsLineError("\(LabelsLineError.quoted(line)) has more than two fields")
    }
    return LabelsEntry(label: try number(label, "label"), seed: try number(seed, "seed"))
  }

  private static func number(
    _ field: some BidirectionalCollection<UInt8>, _ name: String
  ) throws(LabelsLineError) -> UInt64 {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let start = field.firstIndex { !isBlank($0) } ?? field.endIndex
    let end = field.lastIndex { !isBlank($0) }.map(field.index(after:)) ?? start
    guard let number = decimal(field[start..<end]) else {
      throw LabelsLineError(
        start == end
          ? "the \(name) is missing" : "\(LabelsLineError.quoted(field[start..<end])) is no \(name)"
      )
    }
    return number
  }
}
