import Foundation

/// A table of names and values in two columns, as in reports on a terminal.
package struct TextTable {
  private let rows: [(name: String, value: String)]
  /// The width of the column of names in characters, with the space after the longest one.
  private let width: Int

  package init(_ rows: [(String, String)], width: Int) {
    self.rows = rows.map { ($0.0, $0.1) }
    self.width = width
  }

  /// The rows without a line feed at the end. Further lines of a value are indented.
  package var text: String {
    let indent = "\n" + String(repeating: " ", count: width)
    return rows.map { name, value in
      name.padding(toLength: width, withPad: " ", startingAt: 0)
        + value.replacing("\n", with: indent)
    }.joined(separator: "\n")
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
