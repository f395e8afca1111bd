import Wording
import Yams

/// Reads the settings of a mapping in a YAML file, and collects those that this program cannot follow.
struct YAMLReader {
  /// The keys that lead to the mapping, such as `model.params`.
  let path: String
  private let mapping: Node.Mapping
  private var known: Set<String> = []
  /// One statement for each wrong setting.
  private(set) var problems: [String] = []

  init(_ mapping: Node.Mapping, path: String) {
    self.mapping = mapping
    self.path = path
  }

  /// A whole number, or `nil` if the setting is absent or null.
  mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
      $0.scalar.flatMap { Int($0.string) }.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A whole number that must be there.
  mutating func required(_ key: String, in range: ClosedRange<Int>) -> Int {
    if present(key) == nil { report(key, "is missing") }
    return integer(key, in: range) ?? range.lowerBound
  }

  /// A number above 0, or `nil` if the setting is absent or null.
  mutating func number(_ key: String) -> Double? {
    value(key, "a number above 0") {
      $0.scalar.flatMap { Double($0.string) }.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    }
  }

  mutating func flag(_ key: String) -> Bool? {
    value(key, "true or false") { $0.scalar.flatMap(Bool.construct) }
  }

  mutating func text(_ key: String) -> String? {
    value(key, "a word") { $0.scalar?.string }
  }

  /// A list of whole numbers, which must be there and may be empty.
  mutating func integers(_ key: String, in range: ClosedRange<Int>) -> [Int] {
    if present(key) == nil { report(key, "is missing") }
    return value(key, "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)") {
      guard case .sequence(let items) = $0, items.count <= NetworkLimits.blocks else { return nil }
      let integers = items.compactMap { $0.scalar.flatMap { Int($0.string) } }
      return integers.count == items.count && integers.allSatisfy(range.contains) ? integers : nil
    } ?? []
  }

  /// The settings under a key, or `nil` if it has none.
  mutating func settings(_ key: String) -> YAMLReader? {
    value(key, "settings") {
      guard case .mapping(let mapping) = $0 else { return nil }
      return YAMLReader(mapping, path: "\(path).\(key)")
    }
  }

  /// Requires one of the values, in lower case, or that the setting is absent or null.
  mutating func require(_ key: String, _ allowed: String...) {
    guard let node = present(key) else { return }
    let text = node.scalar?.string
    if text.map({ allowed.contains($0.lowercased()) }) != true {
      report(key, "is \(Self.text(node)): only \(allowed.joined(separator: " and ")) is supported")
    }
  }

  /// Requires that the setting is absent, null or false.
  mutating func refuse(_ key: String, _ reason: String) {
    if let node = present(key), node.scalar.flatMap(Bool.construct) != false {
      report(key, "is \(Self.text(node)): \(reason)")
    }
  }

  /// Marks settings that have no effect on images.
  mutating func ignore(_ keys: String...) { known.formUnion(keys) }

  mutating func report(_ key: String, _ problem: String) {
    problems.append("\(path).\(key) \(problem)")
  }

  mutating func add(_ problems: [String]) { self.problems += problems }

  /// Reports settings that were not asked for.
  mutating func reportOthers() {
    for key in mapping.keys.map({ Self.text($0) }).sorted() where !known.contains(key) {
      report(key, "is not known to this version")
    }
  }

  /// Whether the setting is there and not null.
  mutating func has(_ key: String) -> Bool { present(key) != nil }

  private mutating func present(_ key: String) -> Node? {
    known.insert(key)
    guard let node = mapping[key], node.null == nil else { return nil }
    return node
  }

  private mutating func value<Value>(
    _ key: String, _ expected: String, _ convert: (Node) -> Value?
  ) -> Value? {
    guard let node = present(key) else { return nil }
    let value = convert(node)
    if value == nil { report(key, "is \(Self.text(node)): \(expected) was expected") }
    return value
  }

  private static func text(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): String(scalar.string.prefix(60)).printable
    case .sequence: "a list"
    default: "a group of settings"
    }
  }
}
