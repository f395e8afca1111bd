/// What is known about a finished image besides its pixels: a line of `metadata.jsonl`.
package struct ImageRecord: Sendable, Equatable {
  /// The position in the job, from 0. It determines the name of the file.
  package let index: Int
  /// The class that the image was generated for, or `nil` if the network takes no label.
  package let label: Int?
  /// The name of the class, if the classes of the network have names.
  package let className: String?
  package let seed: UInt32

  package init(index: Int, label: Int?, className: String? = nil, seed: UInt32) {
    self.index = index
    self.label = label
    self.className = className
    self.seed = seed
  }

  /// The name of the file, such as `000123.png`: six digits, or more if the index needs them.
  package var fileName: String { Self.fileName(index: index) }

  /// Returns the name of the image with this index.
  package static func fileName(index: Int) -> String { stem(index: index) + ".png" }

  /// Returns the index of the image with this name, or `nil` if no image can have this name.
  package static func index(ofFile name: String) -> Int? {
    guard name.hasSuffix(".png") else { return nil }
    return index(ofStem: name.utf8.dropLast(4))
  }

  /// Returns the name without the extension, such as `000123`.
  static func stem(index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// Returns the inverse of `stem(index:)`, or `nil` for anything that it cannot have returned.
  static func index(ofStem digits: some Collection<UInt8>) -> Int? {
    guard (6...18).contains(digits.count), digits.count == 6 || digits.first != UInt8(ascii: "0")
    else { return nil }
    var index = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      index = index * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return index
  }

  /// Appends a JSON object with file name, label, class name, seed and shard, in this order.
  /// Unknown values are omitted.
  func appendObject(fileName: String, shard: String? = nil, to bytes: inout [UInt8]) {
    bytes += "{\"file_name\":\"\(fileName)\"".utf8
    if let label { bytes += ",\"label\":\(label)".utf8 }
    if let className {
      bytes += ",\"class_name\":".utf8
      Self.appendQuoted(className, to: &bytes)
    }
    bytes += ",\"seed\":\(seed)".utf8
    if let shard { bytes += ",\"shard\":\"\(shard)\"".utf8 }
    bytes.append(UInt8(ascii: "}"))
  }

  /// Appends the object and a newline.
  package func appendLine(fileName: String, shard: String? = nil, to bytes: inout [UInt8]) {
    appendObject(fileName: fileName, shard: shard, to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Appends a JSON string (RFC 8259, section 7). Escapes only what must be escaped, and characters
  /// that a reader of lines may take for the end of a line.
  private static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": bytes += "\\\"".utf8
      case "\\": bytes += "\\\\".utf8
      case "\n": bytes += "\\n".utf8
      case "\t": bytes += "\\t".utf8
      case "\0"..<" ", "\u{85}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        bytes += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      default: bytes += UTF8.encode(scalar)!
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
