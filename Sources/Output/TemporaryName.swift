/// Hidden names of files that are not complete yet: `.NAME.partial`, or `.NAME.TOKEN.partial` where
/// several processes may write the same file.
enum TemporaryName {
  private static let ending = ".partial"

  static func of(_ name: String) -> String { ".\(name)\(ending)" }

  static func of(_ name: String, token: String) -> String { ".\(name).\(token)\(ending)" }

  /// One that nobody else has taken, for folders that may hold other people's files.
  static func unique(_ name: String) -> String {
    of(name, token: String(UInt64.random(in: 0...(.max)), radix: 16))
  }

  /// Whether `name` is the temporary name of a file whose final name `isFinal` accepts.
  static func matches(_ name: String, where isFinal: (String) -> Bool) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(ending), name.utf8.count > ending.utf8.count + 1
    else { return false }
    let body = name.dropFirst().dropLast(ending.count)
    if isFinal(String(body)) { return true }
    guard let dot = body.lastIndex(of: ".") else { return false }
    return isFinal(String(body[..<dot]))
  }
}
