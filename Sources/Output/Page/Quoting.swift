/// Quoting of text for other languages.
extension String {
  /// The text for HTML, between tags and in quoted attributes. Control characters, which are not
  /// allowed in HTML, become replacement characters.
  package var htmlEscaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.isHTMLExcluded: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text as one word for a POSIX shell, or for bash if it has control characters.
  package var shellQuoted: String {
    let plain = Set("%+,-./0123456789:=@_" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if !isEmpty && allSatisfy(plain.contains) { return self }
    guard unicodeScalars.contains(where: \.isControl) else {
      return "'" + replacing("'", with: "'\\''") + "'"
    }
    return "$'" + escaped(quote: "'") + "'"
  }

  /// The text as a Python string literal.
  package var pythonLiteral: String {
    "\"" + escaped(quote: "\"") + "\""
  }

  /// Returns the text with backslash escapes, which bash's `$'…'` and Python share.
  private func escaped(quote: Unicode.Scalar) -> String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case quote, "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.isControl:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { value < 0x20 || value == 0x7F }

  /// Whether this is a control character or a noncharacter (HTML, 13.2.3.5).
  fileprivate var isHTMLExcluded: Bool {
    isControl || (0x80...0x9F).contains(value) || properties.isNoncharacterCodePoint
  }
}
