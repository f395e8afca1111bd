/// Text that waits to be written, up to a limit.
///
/// If there is too much text, redraws are dropped first, and then the oldest lines. Dropped lines
/// are counted, and the next text begins with their number.
struct PendingText {
  private struct Item {
    let bytes: [UInt8]
    let isRedraw: Bool

    var lineCount: Int { bytes.count { $0 == UInt8(ascii: "\n") } }
  }

  /// Text that is being written.
  struct Taken {
    let bytes: [UInt8]
    /// The number of lines that are lost if the text cannot be written.
    let lineCount: Int
  }

  private let limit: Int
  private var items: [Item] = []
  private var byteCount = 0
  private var lostLines = 0

  /// - Parameter limit: the largest number of bytes to keep.
  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { items.isEmpty }

  /// Adds text: either lines, or a redraw, which begins with a carriage return and does not end a
  /// line.
  mutating func append(_ text: String) {
    let isRedraw = text.hasPrefix("\r") && !text.utf8.contains(UInt8(ascii: "\n"))
    if isRedraw, items.last?.isRedraw == true { remove(at: items.count - 1) }
    items.append(Item(bytes: Array(text.utf8), isRedraw: isRedraw))
    byteCount += text.utf8.count
    while byteCount > limit, items.count > 1 {
      let index = items.dropLast().firstIndex(where: \.isRedraw) ?? 0
      lostLines += items[index].lineCount
      remove(at: index)
    }
  }

  /// Removes and returns the next text to write.
  mutating func take() -> Taken? {
    guard let item = items.first else { return nil }
    remove(at: 0)
    guard lostLines > 0, !item.isRedraw else {
      return Taken(bytes: item.bytes, lineCount: item.lineCount)
    }
    defer { lostLines = 0 }
    let notice = "\n(\(lostLines) \(lostLines == 1 ? "line" : "lines") of output lost here)\n"
    return Taken(bytes: notice.utf8 + item.bytes, lineCount: item.lineCount + lostLines)
  }

  /// Counts lines that could not be written.
  mutating func lose(_ taken: Taken) { lostLines += taken.lineCount }

  private mutating func remove(at index: Int) {
    byteCount -= items[index].bytes.count
    items.remove(at: index)
  }
}
