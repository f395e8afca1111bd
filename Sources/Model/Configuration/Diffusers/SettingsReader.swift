import Checkpoint
import Wording

/// Reads settings, such as those in a file of the diffusers library, and collects those that this
/// program cannot follow.
struct SettingsReader {
  let file: any Settings
  /// One statement for each such setting.
  private(set) var problems: [String] = []

  init(_ file: any Settings) { self.file = file }

  /// Requires one of the values, or that the setting is absent.
  mutating func require(_ key: String, _ allowed: Setting...) {
    guard let value = file[key], !allowed.contains(value) else { return }
    report(key, value, "only \(allowed.map(\.description).joined(separator: " and ")) is supported")
  }

  mutating func report(_ key: String, _ value: Setting, _ remark: String) {
    problems.append("\(key) is \(value.description.printable): \(remark)")
  }

  mutating func report(_ problem: String) { problems.append(problem) }

  /// Returns a whole number, or `nil` if the setting is absent or null.
  mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let value = present(key) else { return nil }
    guard let integer = Self.integer(value, in: range) else {
      report(
        key, value, "a whole number from \(range.lowerBound) to \(range.upperBound) was expected")
      return nil
    }
    return integer
  }

  /// Returns a whole number. If it is not there, which is a problem, any number of the range.
  mutating func requiredInteger(_ key: String, in range: ClosedRange<Int>) -> Int {
    if present(key) == nil { report("\(key) is missing") }
    return integer(key, in: range) ?? range.lowerBound
  }

  /// Returns a number, or `nil` if the setting is absent or null.
  mutating func number(_ key: String) -> Double? {
    guard let value = present(key) else { return nil }
    guard case .number(let number) = value else {
      report(key, value, "a number was expected")
      return nil
    }
    return number
  }

  /// Returns one of the texts, or `nil` if the setting is absent or null.
  mutating func text(_ key: String, among allowed: [String]) -> String? {
    guard let value = present(key) else { return nil }
    guard case .text(let text) = value, allowed.contains(text) else {
      report(key, value, "only \(allowed.joined(separator: " and ")) are supported")
      return nil
    }
    return text
  }

  /// Returns a list of numbers, or `nil` if the setting is absent or null.
  mutating func numbers(_ key: String) -> [Double]? {
    guard present(key) != nil else { return nil }
    return list(key, of: "numbers") {
      guard case .number(let number) = $0 else { return nil }
      return number
    }
  }

  /// Returns a list of whole numbers, which must be there.
  ///
  /// - Parameter allowsNone: whether the list may be empty.
  mutating func integers(
    _ key: String, in range: ClosedRange<Int>, allowsNone: Bool = false
  ) -> [Int] {
    if allowsNone, file[key] == .list([]) { return [] }
    return list(key, of: "whole numbers from \(range.lowerBound) to \(range.upperBound)") {
      Self.integer($0, in: range)
    }
  }

  /// Returns a list of some of the texts, which must be there.
  mutating func texts(_ key: String, among allowed: [String]) -> [String] {
    list(key, of: allowed.joined(separator: ", ")) { value in
      guard case .text(let text) = value, allowed.contains(text) else { return nil }
      return text
    }
  }

  /// - Throws: `ConfigurationError` with all problems, if there are any.
  func finish(_ summary: String) throws {
    guard problems.isEmpty else {
      throw ConfigurationError(.checkpoint, "\(file.name): \(summary)", details: problems)
    }
  }

  private func present(_ key: String) -> Setting? { file[key].flatMap { $0 == .null ? nil : $0 } }

  private mutating func list<Element>(
    _ key: String, of elements: String, _ element: (Setting) -> Element?
  ) -> [Element] {
    guard let value = file[key] else {
      problems.append("\(key) is missing")
      return []
    }
    if case .list(let items) = value, !items.isEmpty {
      let elements = items.compactMap(element)
      if elements.count == items.count { return elements }
    }
    report(key, value, "a list of these was expected: \(elements)")
    return []
  }

  private static func integer(_ value: Setting, in range: ClosedRange<Int>) -> Int? {
    guard case .number(let number) = value, let integer = Int(exactly: number),
      range.contains(integer)
    else { return nil }
    return integer
  }
}
