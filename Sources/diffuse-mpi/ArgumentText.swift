import Foundation
import Job
import Wording

/// The command line, and other texts that name files.
enum ArgumentText {
  /// Refuses arguments that are not UTF-8. Swift would replace the invalid bytes, and a path would
  /// then refer to another file or folder.
  ///
  /// - Throws: a usage failure that names the option.
  static func check() throws(Failure) {
    for place in 1..<max(1, Int(CommandLine.argc)) {
      guard let bytes = CommandLine.unsafeArgv[place], !isText(bytes) else { continue }
      try refuse(
        option(at: place) + "'\(String(cString: bytes).printable)'",
        "rename the file or folder, or reach it by a link with another name")
    }
    for variable in ["HOME", "XDG_CACHE_HOME", "DIFFUSE_MPI_CACHE"] {
      guard let bytes = getenv(variable), !isText(bytes) else { continue }
      try refuse("\(variable), '\(String(cString: bytes).printable)',", "set it to another path")
    }
    guard let folder = getcwd(nil, 0) else { return }
    defer { free(folder) }
    guard isText(folder) else {
      return try refuse(
        "the path of the current folder, '\(String(cString: folder).printable)',",
        "change to another folder first")
    }
  }

  private static func isText(_ bytes: UnsafePointer<CChar>) -> Bool {
    String(validatingCString: bytes) != nil
  }

  private static func refuse(_ what: String, _ advice: String) throws(Failure) {
    throw Failure("\(what) is not valid UTF-8; \(advice)", status: .usage)
  }

  /// Returns the option that a value belongs to, such as `--out `, unless the argument contains it.
  private static func option(at place: Int) -> String {
    let before = place > 1 ? CommandLine.arguments[place - 1] : ""
    let isOption = before.hasPrefix("--") && !before.contains("=")
    return isOption && !CommandLine.arguments[place].hasPrefix("--") ? "\(before.printable) " : ""
  }
}
