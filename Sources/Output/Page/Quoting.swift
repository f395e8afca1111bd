/// Text as it is written inside other languages.
extension String {
  /// For HTML, between tags and inside quoted attributes. Control characters, which HTML excludes,
  /// become replacement characters.
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

  /// One word for a POSIX shell, or for bash where it holds control characters.
  package var shellQuoted: String {
    let plain = Set("%+,-./0123456789:=@_" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if !isEmpty && allSatisfy(plain.contains) { return self }
    guard unicodeScalars.contains(where: \.isControl) else {
      return "'" + replacing("'", with: "'\\''") + "'"
    }
    return "$'" + escaped(quote: "'") + "'"
  }

  /// A Python string literal.
  package var pythonLiteral: String {
    "\"" + escaped(quote: "\"") + "\""
  }

  /// With backslashes, as bash's `$'…'` and Python both read them.
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

  /// Controls and noncharacters (HTML, 13.2.3.5).
  fileprivate var isHTMLExcluded: Bool {
    isControl || (0x80...0x9F).contains(value) || properties.isNoncharacterCodePoint
  }
}
