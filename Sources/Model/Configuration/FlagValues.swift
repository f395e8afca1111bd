import Wording

/// The values of flags by key, parsed with the rules of argparse and of the reference (`str2bool`,
/// script_util.py).
package struct FlagValues {
  let network: NetworkKind
  let values: [String: String]

  func boolean(_ key: String) throws -> Bool? {
    try read(key, "True or False", Self.boolean)
  }

  /// Parses a Boolean like the reference's `str2bool`.
  package static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "yes", "true", "t", "y", "1": true
    case "no", "false", "f", "n", "0": false
    default: nil
    }
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try read(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// Returns a number for which -1 means that it is not set.
  func unsettable(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    if values[key] == "-1" { return nil }
    return try integer(key, in: range)
  }

  func positive(_ key: String) throws -> Double? {
    try read(key, "a positive number") { text in
      Double(text).flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) throws
    -> Choice? where Choice.RawValue == String
  {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try read(key, "one of \(names)") { Choice(rawValue: $0) }
  }

  /// Returns a comma-separated list of resolutions. An empty text, which the reference refuses, is
  /// an empty list.
  func resolutions(_ key: String) throws -> [Int]? {
    try read(key, "resolutions separated by commas, such as 32,16,8") { text in
      list(text) { Int($0).flatMap { NetworkLimits.imageSize.contains($0) ? $0 : nil } }
    }
  }

  /// Returns a comma-separated list of multiples. As in the reference, an empty text means the
  /// default.
  func multipliers(_ key: String) throws -> [Double]? {
    if values[key] == "" { return nil }
    return try read(key, "positive numbers separated by commas, such as 0.5,1,2") { text in
      list(text) { Double($0).flatMap { $0.isFinite && $0 > 0 && $0 <= 1024 ? $0 : nil } }
    }
  }

  private func list<Element>(_ text: String, _ element: (String) -> Element?) -> [Element]? {
    let parts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
    let elements = parts.compactMap { element($0.filter { !$0.isWhitespace }) }
    return elements.count == parts.count ? elements : nil
  }

  private func read<Value>(
    _ key: String, _ expected: String, _ convert: (String) -> Value?
  ) throws -> Value? {
    guard let text = values[key] else { return nil }
    guard let value = convert(text) else {
      let shown = text.isEmpty ? "empty" : text.printable
      throw ConfigurationError.flags(network, "--\(key) is \(shown); it must be \(expected)")
    }
    return value
  }
}
