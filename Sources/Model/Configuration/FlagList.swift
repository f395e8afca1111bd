import Wording

/// A string of guided-diffusion's flags, in the form in which a shell passes them to its argument
/// parser.
struct FlagList {
  /// The keys without dashes, with their values, in order. As in argparse, the last value of a key
  /// counts.
  let pairs: [(key: String, value: String)]

  /// - Parameter network: the network that the flags describe.
  /// - Throws: `ConfigurationError` if the text is not a string of flags.
  init(_ text: String, of network: NetworkKind) throws {
    var pairs: [(String, String)] = []
    var words = try Self.words(text, of: network)[...]
    while let word = words.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        throw ConfigurationError.flags(
          network, "'\(word.printable)' is not a flag; write flags as --key value or --key=value")
      }
      let body = word.dropFirst(2)
      if let equals = body.firstIndex(of: "=") {
        pairs.append((String(body[..<equals]), String(body[body.index(after: equals)...])))
      } else if let value = words.first, !value.hasPrefix("--") {
        words.removeFirst()
        pairs.append((String(body), value))
      } else {
        throw ConfigurationError.flags(network, "\(word.printable) has no value after it")
      }
    }
    self.pairs = pairs
  }

  /// Splits the text at white space outside quotes. A backslash at the end of a line continues the
  /// line.
  private static func words(_ text: String, of network: NetworkKind) throws -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text.replacing("\\\r\n", with: " ").replacing("\\\n", with: " ") {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if quote == nil, character.isWhitespace {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else {
      throw ConfigurationError.flags(network, "a quotation mark is not closed")
    }
    return words + (word.map { [$0] } ?? [])
  }
}
