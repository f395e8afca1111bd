import Foundation

/// Names and values in two columns, which is how reports read on a terminal.
package struct TextTable {
  private let rows: [(name: String, value: String)]
  /// Characters of the column of names, with the space after the longest.
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

/// What commands print with `--json`: one object, its keys sorted and in snake_case.
///
/// A key whose value is not known is left out.
package enum JSONText {
  package static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
