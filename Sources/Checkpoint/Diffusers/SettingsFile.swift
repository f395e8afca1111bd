import JSON

/// Settings by name.
package protocol Settings: Sendable {
  /// The place of the settings in messages.
  var name: String { get }
  /// The value of a setting, or `nil` if it is absent.
  subscript(key: String) -> Setting? { get }
}

/// A file of settings by name, such as the diffusers library's `config.json`.
package struct SettingsFile: Settings {
  /// The name of the file in messages, from the folder that the user gave.
  package let name: String
  let file: MappedFile
  private let settings: [String: Setting]

  private static let largestFile = 1_000_000

  /// Reads the file `name` in `folder`, whose path ends with a slash.
  ///
  /// - Throws: `CheckpointError` if it cannot be read, or is not one JSON object.
  init(_ name: String, in folder: String) throws(CheckpointError) {
    self.name = name
    file = try MappedFile(folder + name)
    guard file.count <= Self.largestFile else {
      throw file.badData(nil, "has \(file.count) bytes, which is more than any settings need")
    }
    settings = try file.json { (scanner) throws(JSONError) in try Self.settings(&scanner) }
  }

  private static func settings(
    _ scanner: inout JSONScanner
  ) throws(JSONError) -> [String: Setting] {
    var settings: [String: Setting] = [:]
    try scanner.object { (scanner, key) throws(JSONError) in
      guard settings.updateValue(try Setting(&scanner), forKey: key) == nil else {
        throw scanner.error(.content("\(key) is set twice"))
      }
    }
    try scanner.end()
    return settings
  }

  /// The value of a setting, or `nil` if the file does not have it.
  package subscript(key: String) -> Setting? { settings[key] }

  /// The Python class of the described object.
  package var className: String? {
    guard case .text(let name)? = settings["_class_name"] else { return nil }
    return name
  }
}

/// The value of a setting in a JSON file.
package enum Setting: Sendable, Equatable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  /// A list without lists or objects in it.
  case list([Setting])
  /// An object, or a list of other lists or objects.
  case other
}

extension Setting {
  private static let longestList = 1000

  fileprivate init(_ scanner: inout JSONScanner) throws(JSONError) {
    guard scanner.isAtList() else {
      self = try Self.scalar(&scanner)
      return
    }
    var items: [Setting] = []
    try scanner.list { (scanner) throws(JSONError) in
      guard items.count < Self.longestList else {
        throw scanner.error(.content("the list has over \(Self.longestList) items"))
      }
      items.append(try Self.scalar(&scanner))
    }
    self = items.contains(.other) ? .other : .list(items)
  }

  private static func scalar(_ scanner: inout JSONScanner) throws(JSONError) -> Setting {
    if scanner.isAtString() { return .text(try scanner.string()) }
    let word = String(decoding: scanner.word(), as: UTF8.self)
    switch word {
    case "":
      try scanner.skipValue()
      return .other
    case "null": return .null
    case "true": return .flag(true)
    case "false": return .flag(false)
    default: return Double(word).map(Setting.number) ?? .other
    }
  }
}

extension Setting: CustomStringConvertible {
  /// The value as JSON, shortened if it is long.
  package var description: String {
    switch self {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let text): "\"\(text.prefix(60))\""
    case .list(let items):
      "[" + items.prefix(16).map(\.description).joined(separator: ", ")
        + (items.count > 16 ? ", …]" : "]")
    case .other: "something else"
    }
  }
}
