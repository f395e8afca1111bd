import Files
import Foundation

/// Writes a file of this program's; errors name the file that it is to become.
///
/// Links are never followed and pipes and devices never opened: what lies at the place of one of
/// these files may have been put there by someone else.
final class FileWriter {
  private let file: OpenFile
  private let path: String
  private var offset: Int

  /// Writes to an open file from its beginning on.
  ///
  /// - Parameter path: the one that errors name.
  init(_ file: OpenFile, shownAs path: String) {
    self.file = file
    self.path = path
    offset = 0
  }

  /// Makes a new file in place of one that is left from an earlier attempt.
  ///
  /// - Parameter shownAs: the path in errors.
  convenience init(creating path: String, shownAs: String) throws(OutputError) {
    self.init(
      try attempt("write", shownAs, try OpenFile(replacing: path)), shownAs: shownAs)
  }

  /// Opens a file to add to it, or makes one.
  ///
  /// - Parameter offset: where to write; what the file holds from there on is cut off.
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

  /// Writes over bytes that were written before.
  func overwrite(_ bytes: [UInt8], at place: Int) throws(OutputError) {
    try attempt("write", path, try file.write(bytes, at: place))
  }

  /// Waits until the disk has all of it.
  func synchronize() throws(OutputError) { try attempt("write", path, try file.synchronize()) }

  /// Network file systems may report a full disk only here.
  func close() throws(OutputError) { try attempt("write", path, try file.close()) }
}

/// Files of this program that appear complete or not at all.
enum WholeFile {
  /// Writes `data` under a hidden temporary name beside its place and renames it there.
  static func write(_ data: some ContiguousBytes, folder: String, name: String) throws {
    try write(folder: folder, name: name) { writer in
      try data.withUnsafeBytes { try writer.write($0) }
    }
  }

  /// Writes what `content` writes.
  ///
  /// - Parameter temporary: the temporary name, where it is not `.NAME.partial`.
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

/// A file of lines that grows, and can be rewritten in order.
///
/// Both leave whole lines: what a failed write left behind the last one is overwritten by the next.
struct LineFile: Sendable {
  private let folder: String
  private let name: String
  /// Bytes of whole lines.
  private var end = 0

  /// Memory for lines that are not written yet.
  private static let chunk = 1 << 20

  /// A file that is rewritten before lines are added.
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

  /// Replaces the file by the lines that `appendLine` appends for each index; memory does not grow
  /// with their number.
  ///
  /// - Parameter synchronizes: whether the disk must have them before the old ones are gone.
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
