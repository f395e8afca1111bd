import Checkpoint
import Foundation
import Wording
import Yams

/// A YAML file of settings. It may come from anywhere, so its size and its nesting are limited, and it may
/// not refer to itself.
struct YAMLFile {
  /// The name of the file in messages.
  let name: String
  let root: Node.Mapping

  /// Published files have under 5,000 bytes.
  private static let largestFile = 65_536
  /// A level of nesting needs a column more, or a bracket more.
  private static let longestLine = 400
  private static let deepestBrackets = 16

  /// - Throws: `CheckpointError` if the file cannot be read, and `ConfigurationError` if it is not a
  ///   mapping in YAML.
  init(_ path: String) throws {
    let file = try MappedFile(path)
    name = String(path.split(separator: "/").last ?? "")
    guard file.count <= Self.largestFile else {
      throw Self.error(name, "it has \(file.count) bytes, which is more than any settings need")
    }
    let text = String(decoding: file.bytes(0..<file.count), as: UTF8.self)
    try Self.check(text, name)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw Self.error(name, "\(error)".printable)
    }
    guard case .mapping(let root)? = node else {
      throw Self.error(name, "it does not begin with a setting such as 'model:'")
    }
    self.root = root
  }

  /// Refuses texts that could make the parser use much memory.
  private static func check(_ text: String, _ name: String) throws {
    var brackets = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
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
      .checkpoint,
      "\(name.printable) is no configuration of latent-diffusion in YAML: \(reason)")
  }
}
