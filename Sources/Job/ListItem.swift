import Wording

/// One item of a comma-separated list as a person writes it: `0-2, sneaker, "tench, Tinca tinca"`.
package struct ListItem: Equatable {
  /// Without the blanks and the quotation marks around it.
  package let text: String
  /// Whether it stood in quotation marks, as in CSV; a comma inside them belongs to the item.
  package let isQuoted: Bool

  /// Takes a list apart.
  ///
  /// Blanks around items do not count, and a line end separates items as a comma does. One comma
  /// may follow the last item. An item that is missing between two commas is an empty one.
  package static func split(_ text: String) -> [ListItem] {
    var items = pieces(of: text).flatMap(lines).map(ListItem.init(raw:))
    if items.count > 1, items.last == ListItem(raw: "") { items.removeLast() }
    return items
  }

  /// The error of an option whose list has an item with a problem.
  static func problem(
    _ problem: String, in text: String, of items: [ListItem], _ option: String
  ) -> String {
    items.count == 1 ? "\(option): \(problem)" : "\(option) '\(text.printable)': \(problem)"
  }

  /// An item that stood in quotation marks, without them.
  init(quoted text: String) {
    self.text = text.trimmed
    isQuoted = true
  }

  private init(raw: String) {
    let text = raw.trimmed
    isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
    self.text = isQuoted ? String(text.dropFirst().dropLast().replacing("\"\"", with: "\"")) : text
  }

  /// The pieces between the commas that are outside quotation marks.
  private static func pieces(of text: String) -> [String] {
    var pieces = [""]
    var isQuoted = false
    for character in text {
      if character == "," && !isQuoted {
        pieces.append("")
        continue
      }
      if character == "\"" { isQuoted = isQuoted ? false : opens(after: pieces.last!) }
      pieces[pieces.count - 1].append(character)
    }
    // A quotation mark that is never closed is a character like any other.
    return isQuoted
      ? text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : pieces
  }

  /// A quotation mark opens a quoted item only at the item's beginning, or after one that closed.
  private static func opens(after piece: String) -> Bool {
    let piece = piece.trimmed
    return piece.isEmpty || piece.hasPrefix("\"")
  }

  private static func lines(of piece: String) -> [String] {
    guard !piece.trimmed.hasPrefix("\"") else { return [piece] }
    let lines = piece.split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(String.init)
      .filter { !$0.trimmed.isEmpty }
    return lines.isEmpty ? [""] : lines
  }
}

extension StringProtocol {
  /// Without the blanks around it, visible or not.
  package var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isBlank }),
      let last = scalars.lastIndex(where: { !$0.isBlank })
    else { return "" }
    return String(self[first...last])
  }
}

extension Unicode.Scalar {
  /// White space, or a mark without width such as a byte order mark.
  fileprivate var isBlank: Bool {
    properties.isWhitespace || ["\u{200B}", "\u{2060}", "\u{FEFF}"].contains(self)
  }
}
