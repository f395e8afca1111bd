/// A line of a terminal that is redrawn in place.
///
/// Between redraws the cursor is at the beginning of the line. It is still there if the terminal
/// was made narrower and has wrapped the line, and all of the old text is after it.
package struct RedrawnLine {
  private static let eraseToEnd = "\r\u{1b}[J"

  private let terminal: TerminalDevice
  /// The length of the drawn text and the room it was drawn in, or `nil` if nothing is drawn.
  private var drawn: (length: Int, room: Int)?

  package init(_ terminal: TerminalDevice) {
    self.terminal = terminal
  }

  /// Replaces the line.
  ///
  /// - Parameter text: returns ASCII text of at most `room` characters. The last column stays free,
  ///   because some terminals wrap a line that fills it.
  /// - Returns: the text to write.
  package mutating func draw(_ text: (_ room: Int) -> String) -> String {
    let room = max(terminal.columns() - 1, 1)
    let line = text(room).prefix(room)
    let rest = min(drawn?.length ?? 0, room) - line.count
    let isNarrower = room < drawn?.room ?? room
    drawn = (line.count, room)
    return (isNarrower && terminal.canErase ? Self.eraseToEnd : "")
      + "\r\(line)" + String(repeating: " ", count: max(rest, 0)) + "\r"
  }

  /// Removes the line, so that other text can take its place.
  package mutating func erase() -> String {
    guard let (length, room) = drawn else { return "" }
    drawn = nil
    if terminal.canErase { return Self.eraseToEnd }
    return "\r" + String(repeating: " ", count: min(length, room)) + "\r"
  }

  /// Keeps the line as it is, and moves the cursor below it.
  package mutating func end() -> String {
    defer { drawn = nil }
    return drawn == nil ? "" : "\n"
  }
}
