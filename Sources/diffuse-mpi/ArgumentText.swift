import Foundation
import Job

/// The command line as text.
enum ArgumentText {
  /// Refuses arguments that are not UTF-8: Swift would replace the bytes in them that are none, and
  /// a path would then name another file or folder.
  ///
  /// - Throws: a usage failure that names the option.
  static func check() throws(Failure) {
    let count = Int(CommandLine.argc)
    for place in 1..<max(1, count) {
      guard let bytes = CommandLine.unsafeArgv[place], String(validatingCString: bytes) == nil
      else { continue }
      let text = String(cString: bytes)
      throw Failure(
        "\(option(at: place, text))'\(text.shown)' is not valid UTF-8; rename the file or folder, "
          + "or reach it by a link with another name",
        status: .usage)
    }
  }

  /// `--out `, the option that a value belongs to, where there is one.
  private static func option(at place: Int, _ text: String) -> String {
    if text.hasPrefix("--"), let end = text.firstIndex(of: "=") { return "\(text[..<end].shown): " }
    let before = place > 1 ? CommandLine.arguments[place - 1] : ""
    return before.hasPrefix("--") && !before.contains("=") ? "\(before.shown) " : ""
  }
}
