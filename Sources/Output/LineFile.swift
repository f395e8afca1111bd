/// A file of lines that grows, and can be rewritten in order.
///
/// Both leave whole lines: what a failed write left behind the last one is overwritten by the next.
struct LineFile: Sendable {
  private let folder: String
  private let name: String
  /// Bytes of whole lines.
  private var end = 0

  /// Memory for lines that are not written yet.
  private static let chunk = 1 << 20

  /// A file that is rewritten before lines are added.
  init(folder: String, name: String) {
    self.folder = folder
    self.name = name
  }

  mutating func append(_ lines: [UInt8]) throws {
    let writer = try FileWriter(appendingTo: "\(folder)/\(name)", at: end)
    try writer.write(lines)
    try writer.close()
    end += lines.count
  }

  /// Replaces the file by the lines that `appendLine` appends for each index; memory does not grow
  /// with their number.
  ///
  /// - Parameter synchronizes: whether the disk must have them before the old ones are gone.
  mutating func rewrite(
    _ indices: some Sequence<Int>, synchronizes: Bool = false,
    appendLine: (Int, inout [UInt8]) -> Void
  ) throws {
    var size = 0
    try WholeFile.write(folder: folder, name: name) { writer in
      var lines: [UInt8] = []
      lines.reserveCapacity(Self.chunk + 4096)
      for index in indices {
        appendLine(index, &lines)
        guard lines.count >= Self.chunk else { continue }
        try writer.write(lines)
        size += lines.count
        lines.removeAll(keepingCapacity: true)
      }
      try writer.write(lines)
      size += lines.count
      if synchronizes { try writer.synchronize() }
    }
    end = size
  }
}
