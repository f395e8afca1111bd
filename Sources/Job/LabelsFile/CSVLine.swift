/// A line of the form `label` or `label,seed`. Fields may be in quotation marks.
enum CSVLine {
  static func entry(_ line: UnsafeRawBufferPointer) throws(LabelsLineError) -> LabelsEntry {
    if line.contains(UInt8(ascii: "\"")) { return try quotedEntry(line) }
    guard let comma = line.firstIndex(of: UInt8(ascii: ",")) else {
      return LabelsEntry(label: try label(line), seed: nil)
    }
    let (label, seed) = (line[..<comma], line[(comma + 1)...])
    guard !seed.contains(UInt8(ascii: ",")) else { throw tooManyFields(line) }
    return LabelsEntry(label: try self.label(label), seed: try number(seed, "seed"))
  }

  private static func quotedEntry(
    _ line: UnsafeRawBufferPointer
  ) throws(LabelsLineError) -> LabelsEntry {
    let fields = ListItem.split(String(decoding: line, as: UTF8.self))
    guard fields.count <= 2 else { throw tooManyFields(line) }
    guard !fields[0].text.isEmpty else { throw LabelsLineError("the label is missing") }
    let seed: UInt64? =
      if fields.count == 2 { try number(Array(fields[1].text.utf8), "seed") } else { nil }
    return LabelsEntry(label: .text(fields[0]), seed: seed)
  }

  private static func tooManyFields(_ line: UnsafeRawBufferPointer) -> LabelsLineError {
    LabelsLineError(
      "\(LabelsLineError.quoted(line)) has more than two fields; a name with commas must stand in "
        + "quotation marks")
  }

  private static func label(
    _ field: some BidirectionalCollection<UInt8>
  ) throws(LabelsLineError) -> LabelsEntry.Label {
    if let number = decimal(trimmed(field)) { return .number(number) }
    let text = String(decoding: field, as: UTF8.self)
    let item = ListItem.split(text).first
    guard let item, !item.text.isEmpty else { throw LabelsLineError("the label is missing") }
    return .text(item)
  }

  private static func number(
    _ field: some BidirectionalCollection<UInt8>, _ name: String
  ) throws(LabelsLineError) -> UInt64 {
    let digits = trimmed(field)
    guard let number = decimal(digits) else {
      throw LabelsLineError(
        digits.isEmpty
          ? "the \(name) is missing" : "\(LabelsLineError.quoted(digits)) is not a \(name)")
    }
    return number
  }

  private static func trimmed<Bytes: BidirectionalCollection<UInt8>>(
    _ field: Bytes
  ) -> Bytes.SubSequence {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let start = field.firstIndex { !isBlank($0) } ?? field.endIndex
    let end = field.lastIndex { !isBlank($0) }.map(field.index(after:)) ?? start
    return field[start..<end]
  }
}
