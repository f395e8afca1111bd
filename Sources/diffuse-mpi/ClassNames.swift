import Foundation
import Job

/// The file of `--class-names`: a name a line, in the order of the labels.
enum ClassNames {
  /// - Parameter count: how many classes the networks know, or nil where they take no label.
  /// - Throws: a `Failure` unless there is a name for each class, for names that are shifted by a
  ///   line would label every image wrongly.
  static func read(_ path: String, count: Int?) throws(Failure) -> [String] {
    guard let count else {
      throw Failure(
        "--class-names was given, but the model is unconditional and has no classes; leave it out",
        status: .usage)
    }
    var names = try text(path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    while names.last?.isEmpty == true { names.removeLast() }
    guard names.count == count else {
      throw Failure(
        "--class-names \(path): holds \(names.count) \(names.count == 1 ? "name" : "names"), but the "
          + "model has \(count) classes; give each a line, in the order of the labels",
        status: .badData)
    }
    return names
  }

  private static func text(_ path: String) throws(Failure) -> String {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let reason =
        FileManager.default.fileExists(atPath: path)
        ? "cannot be read: check that it is a file and its permissions"
        : "no such file: check the path"
      throw Failure("--class-names \(path): \(reason)", status: .cannotRead)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw Failure("--class-names \(path): is not text in UTF-8", status: .badData)
    }
    return text
  }
}
