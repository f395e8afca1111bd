import Foundation

/// What is known of one finished image beside its pixels: a line of `metadata.jsonl`.
package struct ImageRecord: Sendable, Equatable {
  /// Place in the job, from 0; it fixes the file's name.
  package let index: Int
  /// The class it was made for, or nil when the network takes none.
  package let label: Int?
  /// The class's name, where the network's classes have names.
  package let className: String?
  package let seed: UInt32

  package init(index: Int, label: Int?, className: String? = nil, seed: UInt32) {
    self.index = index
    self.label = label
    self.className = className
    self.seed = seed
  }

  /// `000123.png`: six digits, or more where the index needs them.
  package var fileName: String { Self.fileName(index: index) }

  /// The name of the image with this index.
  package static func fileName(index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
  }

  /// One JSON object and a newline: file name, label, class name and seed in this order, without
  /// what is not known.
  package var jsonLine: String {
    var fields = ["\"file_name\":\(Self.quoted(fileName))"]
    if let label { fields.append("\"label\":\(label)") }
    if let className { fields.append("\"class_name\":\(Self.quoted(className))") }
    fields.append("\"seed\":\(seed)")
    return "{" + fields.joined(separator: ",") + "}\n"
  }

  /// A JSON string (RFC 8259, section 7): only what must be escaped is.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}": result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
