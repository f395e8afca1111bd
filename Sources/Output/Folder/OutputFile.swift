import Files
import Foundation

/// A writer of one of this program's files. Errors name the file that it will become.
///
/// Links are never followed, and pipes and devices are never opened, because someone else may have
/// put them there.
final class FileWriter {
  private let file: OpenFile
  private let path: String
  private var offset: Int

  /// Writes to an open file from its beginning.
  ///
  /// - Parameter path: the path in errors.
  init(_ file: OpenFile, shownAs path: String) {
    self.file = file
    self.path = path
    offset = 0
  }

  /// Creates a new file. Replaces one that an earlier attempt left.
  ///
  /// - Parameter shownAs: the path in errors.
  convenience init(creating path: String, shownAs: String) throws(OutputError) {
    self.init(
      try attempt("write", shownAs, try OpenFile(replacing: path)), shownAs: shownAs)
  }

  /// Opens a file for appending, or creates it.
  ///
  /// - Parameter offset: where to write. Everything after it is cut off.
  init(appendingTo path: String, at offset: Int) throws(OutputError) {
    self.path = path
    self.offset = offset
    file = try attempt(
      "write", path, try OpenFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK))
    let status = try attempt("write", path, try file.status())
    guard FileKind(status) == .file else { throw .notAFile(path: path, kind: FileKind(status)) }
    if status.st_size > offset { try attempt("write", path, try file.resize(to: offset)) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
    try attempt("write", path, try file.write(bytes, at: offset))
    offset += bytes.count
  }

  func write(_ bytes: [UInt8]) throws(OutputError) {
    try attempt("write", path, try file.write(bytes, at: offset))
    offset += bytes.count
  }

  /// Overwrites bytes that were written earlier.
  func overwrite(_ bytes: [UInt8], at place: Int) throws(OutputError) {
    try attempt("write", path, try file.write(bytes, at: place))
  }

  /// Waits until all bytes are on the disk.
  func synchronize() throws(OutputError) { try attempt("write", path, try file.synchronize()) }

  /// Network file systems may report a full disk only here.
  func close() throws(OutputError) { try attempt("write", path, try file.close()) }
}

/// Files of this program that appear complete or not at all.
package enum WholeFile {
  /// Writes `data` to a hidden temporary file in the same folder, and renames it.
  package static func write(_ data: some ContiguousBytes, folder: String, name: String) throws {
    try write(folder: folder, name: name) { writer in
      try data.withUnsafeBytes { try writer.write($0) }
    }
  }

  /// Writes the file with `content`.
  ///
  /// - Parameter temporary: the temporary name, or `nil` for `.NAME.partial`.
  static func write(
    folder: String, name: String, temporary: String? = nil, content: (FileWriter) throws -> Void
  ) throws {
    let path = "\(folder)/\(name)"
    let file = try attempt(
      "write", path,
      try AtomicFile(temporaryPath: "\(folder)/\(temporary ?? TemporaryName.of(name))"))
    try content(FileWriter(file.file, shownAs: path))
    try attempt("write", path, try file.commit(to: path))
  }
}

/// A file of lines that can be appended to, and rewritten in order.
///
/// Both leave only complete lines. The next write overwrites what a failed one left after the last
/// line.
struct LineFile: Sendable {
  private let folder: String
  private let name: String
  /// The number of bytes of complete lines.
  private var end = 0

  /// The number of bytes that are collected before they are written.
  private static let chunk = 1 << 20

  /// Creates a file that must be rewritten before lines are appended.
  init(folder: String, name: String) {
    self.folder = folder
    self.name = name
  }

  mutating func append(_ lines: [UInt8]) throws {
    let writer = try FileWriter(appendingTo: "\(folder)/\(name)", at: end)
    try writer.write(lines)
    try writer.close()
    end += lines.count
  }

  /// Replaces the file with the lines that `appendLine` appends for each index. Memory does not
  /// grow with their number.
  ///
  /// - Parameter synchronizes: whether the new lines must be on the disk before the old file is
  ///   replaced.
  mutating func rewrite(
    _ indices: some Sequence<Int>, synchronizes: Bool = false,
    appendLine: (Int, inout [UInt8]) -> Void
  ) throws {
    var size = 0
    try WholeFile.write(folder: folder, name: name) { writer in
      var lines: [UInt8] = []
      lines.reserveCapacity(Self.chunk + 4096)
      for index in indices {
        appendLine(index, &lines)
        guard lines.count >= Self.chunk else { continue }
        try writer.write(lines)
        size += lines.count
        lines.removeAll(keepingCapacity: true)
      }
      try writer.write(lines)
      size += lines.count
      if synchronizes { try writer.synchronize() }
    }
    end = size
  }
}
