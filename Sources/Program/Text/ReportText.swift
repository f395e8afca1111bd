import Foundation

/// A table of names and values in two columns, as in reports on a terminal.
package struct TextTable {
  private let rows: [(name: String, value: String)]
  /// The width of the column of names in characters, with the space after the longest one.
  private let width: Int
  /// The columns into which values are broken at spaces, or `nil` for lines of any length.
  private let columns: Int?

  package init(_ rows: [(String, String)], width: Int, columns: Int? = nil) {
    self.rows = rows.map { ($0.0, $0.1) }
    self.width = width
    self.columns = columns
  }

  /// The rows without a line feed at the end. Further lines of a value are indented.
  package var text: String {
    let indent = "\n" + String(repeating: " ", count: width)
    return rows.map { name, value in
      name.padding(toLength: width, withPad: " ", startingAt: 0)
        + broken(value).replacing("\n", with: indent)
    }.joined(separator: "\n")
  }

  private func broken(_ value: String) -> String {
    guard let columns else { return value }
    return value.split(separator: "\n").map { Self.broken($0, at: max(columns - width, 1)) }
      .joined(separator: "\n")
  }

  /// Breaks a line at spaces. A word that is longer than a line stays whole.
  private static func broken(_ line: Substring, at length: Int) -> String {
    var lines: [String] = []
    for word in line.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= length {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// The output of commands with `--json`: one object with sorted keys in snake_case.
///
/// A key without a known value is left out.
package enum JSONText {
  package static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
