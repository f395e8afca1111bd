import Checkpoint
import Foundation
import Wording
import Yams

/// A YAML file of settings. It may come from anywhere, so its size and its nesting are limited, and it may
/// not refer to itself.
struct YAMLFile {
  /// The settings at the top of the file, under the name of the file.
  let settings: YAMLSettings

  /// Published files have under 5,000 bytes.
  private static let largestFile = 65_536
  /// A level of nesting needs a column more, or a bracket more.
  private static let longestLine = 400
  private static let deepestBrackets = 16

  /// - Throws: `CheckpointError` if the file cannot be read, and `ConfigurationError` if it is not a
  ///   mapping in YAML.
  init(_ path: String) throws {
    let file = try MappedFile(path)
    let name = String(path.split(separator: "/").last ?? "")
    guard file.count <= Self.largestFile else {
      throw Self.error(name, "it has \(file.count) bytes, which is more than any settings need")
    }
    let text = String(decoding: file.bytes(0..<file.count), as: UTF8.self)
    try Self.check(text, name)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw Self.error(name, "\(error)")
    }
    guard case .mapping(let root)? = node else {
      throw Self.error(name, "it does not begin with a setting such as 'model:'")
    }
    settings = YAMLSettings(name.printable, root)
  }

  /// Refuses texts that could make the parser use much memory.
  private static func check(_ text: String, _ name: String) throws {
    var brackets = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let code = line.prefix { $0 != "#" }
      for byte in code.utf8 {
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets -= 1
        default: break
        }
        guard brackets <= deepestBrackets else {
          throw error(name, "line \(index + 1) nests more brackets than any settings need")
        }
      }
      guard line.utf8.count <= longestLine else {
        throw error(name, "line \(index + 1) is longer than any setting")
      }
      guard try /(^|[\s,\[{:])[&*][^\s]/.firstMatch(in: code) == nil else {
        throw error(name, "line \(index + 1) has an anchor or a reference, which is not read")
      }
    }
  }

  private static func error(_ name: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(
      .checkpoint, "\(name.printable) is no YAML file of settings: \(reason.printable)")
  }
}

/// The settings in a mapping of a YAML file, and the mappings in it.
struct YAMLSettings: Settings {
  /// The name of the file, and the keys that lead to the mapping.
  let name: String
  private let values: [String: Setting]
  private let groups: [String: YAMLSettings]

  /// Settings without any value.
  init(none name: String) {
    self.name = name
    (values, groups) = ([:], [:])
  }

  init(_ name: String, _ mapping: Node.Mapping) {
    self.name = name
    var (values, groups): ([String: Setting], [String: YAMLSettings]) = ([:], [:])
    for (key, node) in mapping {
      guard let key = key.scalar?.string else { continue }
      values[key] = Setting(node)
      guard case .mapping(let inner) = node else { continue }
      groups[key] = YAMLSettings(
        "\(name)\(name.hasSuffix("yaml") ? ", " : ".")\(key.printable)", inner)
    }
    (self.values, self.groups) = (values, groups)
  }

  subscript(key: String) -> Setting? { values[key] }

  /// Returns the settings under a key, or `nil` if it has none.
  func group(_ key: String) -> YAMLSettings? { groups[key] }

  var keys: [String] { values.keys.sorted() }
}

extension Setting {
  fileprivate init(_ node: Node) {
    switch node {
    case .scalar(let scalar): self.init(scalar)
    case .sequence(let items):
      let items = items.map(Setting.init)
      self =
        items.contains { if case .list = $0 { true } else { $0 == .other } }
        ? .other : .list(items)
    default: self = .other
    }
  }

  private init(_ scalar: Node.Scalar) {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else {
      self = .text(text)
      return
    }
    if ["", "~", "null", "none"].contains(text.lowercased()) {
      self = .null
    } else if let flag = Bool.construct(from: scalar) {
      self = .flag(flag)
    } else if text.first.map("+-.0123456789".contains) == true, let number = Double(text),
      number.isFinite
    {
      self = .number(number)
    } else {
      self = .text(text)
    }
  }
}
