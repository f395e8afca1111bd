import Foundation

/// The lines of a text file one after the other, in memory that does not grow with it.
final class LineReader {
  private let file: UnsafeMutablePointer<FILE>?
  private let path: String
  private var line: UnsafeMutablePointer<CChar>?
  private var capacity = 0

  /// A file that is not there, is no regular file, or cannot be opened has no lines.
  init(_ path: String) {
    self.path = path
    file = FileKind.at(path) == .file ? fopen(path, "re") : nil
  }

  deinit {
    if let file { fclose(file) }
    free(line)
  }

  /// The next line without its newline; nil after the last.
  func next() throws -> [UInt8]? {
    guard let file else { return nil }
    let count = getline(&line, &capacity, file)
    guard count >= 0, let line else {
      guard feof(file) != 0 else {
        throw OutputError.system(action: "read", path: path, code: errno)
      }
      return nil
    }
    let bytes = UnsafeRawBufferPointer(start: line, count: count)
    return [UInt8](bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...])
  }
}
