import Wording

/// One item of a comma-separated list that a user wrote, such as `0-2, sneaker, "tench, Tinca
/// tinca"`.
package struct ListItem: Equatable {
  /// The item without surrounding blanks and quotation marks.
  package let text: String
  /// Whether the item was in quotation marks, as in CSV. A comma inside them belongs to the item.
  package let isQuoted: Bool

  /// Splits a list into items.
  ///
  /// Blanks around items are ignored, and a line end separates items like a comma. One comma may
  /// follow the last item. A missing item between two commas is an empty item. For example, `1, "a,
  /// b",` has the items `1` and `a, b`, and `1,,2` has an empty item in the middle.
  package static func split(_ text: String) -> [ListItem] {
    var items = pieces(of: text).flatMap(lines).map(ListItem.init(raw:))
    if items.count > 1, items.last == ListItem(raw: "") { items.removeLast() }
    return items
  }

  /// Returns the error about a bad item in a list.
  ///
  /// - Parameter name: what the user calls the list.
  package static func problem(
    _ problem: String, in text: String, of items: [ListItem], _ name: String
  ) -> String {
    items.count == 1 ? "\(name): \(problem)" : "\(name) '\(text.printable)': \(problem)"
  }

  /// Creates an item from the text between quotation marks.
  init(quoted text: String) {
    self.text = text.trimmed
    isQuoted = true
  }

  private init(raw: String) {
    let text = raw.trimmed
    isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
    self.text = isQuoted ? String(text.dropFirst().dropLast().replacing("\"\"", with: "\"")) : text
  }

  /// Returns the pieces between the commas that are outside quotation marks.
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
    // A quotation mark that is never closed is an ordinary character.
    return isQuoted
      ? text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : pieces
  }

  /// Returns whether a quotation mark opens a quoted item: only at the beginning, or after a closed
  /// one.
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
  /// The text without surrounding blanks, visible or not.
  package var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isBlank }),
      let last = scalars.lastIndex(where: { !$0.isBlank })
    else { return "" }
    return String(self[first...last])
  }
}

extension Unicode.Scalar {
  /// Whether the character is white space, or a mark without width such as a byte order mark.
  fileprivate var isBlank: Bool {
    properties.isWhitespace || ["\u{200B}", "\u{2060}", "\u{FEFF}"].contains(self)
  }
}
