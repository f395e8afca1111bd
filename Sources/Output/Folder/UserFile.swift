import Files
import Foundation
import Job

/// A file that the user named, and that is rewritten from time to time while a job runs.
///
/// A regular file is replaced with a complete new one, at the target of any links. Pipes and
/// character devices are not replaced: they are written to without waiting for a reader.
package final class UserFile {
  private enum Target {
    /// A regular file that is replaced atomically.
    case replaced(FilePlace)
    /// A regular file in a folder where no second file can be created. It is overwritten.
    case inPlace(String)
    /// A pipe, a character device or an open file, to which the text is appended.
    case stream(String)
  }

  /// A failure to rewrite the file.
  struct WriteError: Error, CustomStringConvertible {
    let path: String
    let code: Int32
    var description: String {
      "cannot write \(path): \(SystemError(code).text(at: path))"
    }
  }

  private let option: String
  private let path: String
  private let target: Target
  /// The open stream. It stays open so that a reader sees a single stream.
  private var stream: OpenFile?

  /// Finds out what exists at the path, and whether it can be written to.
  ///
  /// - Parameter option: the option that the user named it with, for messages.
  package init(_ path: String, option: String) throws(Failure) {
    self.path = path
    self.option = option
    target = try Self.target(path, option)
    switch target {
    case .replaced, .inPlace: break
    case .stream:
      // When a reader leaves, the write then fails with an error.
      signal(SIGPIPE, SIG_IGN)
      if let code = openStream() { throw Self.unwritable(path, code, option) }
    }
  }

  /// The file that `write` replaces, with all links resolved, or `nil` if the file is not replaced.
  package var replacedFile: FilePlace? {
    if case .replaced(let place) = target { place } else { nil }
  }

  /// Replaces the contents, or writes them to the stream. A pipe is skipped if it has no reader, or
  /// if its reader is behind.
  package func write(_ data: Data) throws {
    switch target {
    case .replaced(let place): try replace(place, data)
    case .inPlace(let file):
      do {
        try InPlaceFile.overwrite(file, with: data)
      } catch {
        throw WriteError(path: path, code: error.code)
      }
    case .stream: try send(data)
    }
  }

  private func replace(_ place: FilePlace, _ data: Data) throws {
    do {
      try WholeFile.write(
        folder: place.folder, name: place.name, temporary: TemporaryName.unique(place.name)
      ) { file in try data.withUnsafeBytes { try file.write($0) } }
    } catch OutputError.system(_, _, let code) {
      // There may be no room for a second file, or the file may be a mount point.
      let file = "\(place.folder)/\(place.name)"
      guard (try? InPlaceFile.overwrite(file, with: data)) != nil else {
        throw WriteError(path: path, code: code)
      }
    }
  }

  private func send(_ data: Data) throws {
    if let code = openStream() { throw WriteError(path: path, code: code) }
    guard let stream else { return }
    let count = data.withUnsafeBytes { Glibc.write(stream.descriptor, $0.baseAddress, $0.count) }
    guard count < 0, errno != EAGAIN, errno != EINTR else { return }
    let code = errno
    self.stream = nil
    // Another reader may come.
    if code != EPIPE { throw WriteError(path: path, code: code) }
  }

  /// Opens the stream unless it is open. A pipe without a reader stays closed.
  ///
  /// - Returns: the code of an error, or `nil`.
  private func openStream() -> Int32? {
    guard stream == nil, case .stream(let path) = target else { return nil }
    do {
      stream = try OpenFile(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY)
      return nil
    } catch {
      return error.code == ENXIO && FileKind.at(path) == .pipe ? nil : error.code
    }
  }
}

/// Determines what to do with the file at a path.
extension UserFile {
  private static func target(_ path: String, _ option: String) throws(Failure) -> Target {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw unwritable(path, errno, option) }
      return try newFile(path, option)
    }
    switch FileKind(status) {
    case .pipe, .characterDevice: return .stream(path)
    case .file where isOpenStream(path, status): return .stream(path)
    case .file: return try existingFile(path, option)
    case let kind:
      throw Failure(
        "\(option) \(path) is \(kind.name); name a file, a pipe or a character device",
        status: .usage)
    }
  }

  /// Returns whether a regular file is the standard output or error of this process, or one of its
  /// open files by number. If it were replaced, its other writers would continue to write to a file
  /// without a name.
  private static func isOpenStream(_ path: String, _ file: stat) -> Bool {
    if path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return true }
    return [STDOUT_FILENO, STDERR_FILENO].contains { descriptor in
      var status = stat()
      return fstat(descriptor, &status) == 0 && status.st_dev == file.st_dev
        && status.st_ino == file.st_ino
    }
  }

  private static func existingFile(_ path: String, _ option: String) throws(Failure) -> Target {
    guard access(path, W_OK) == 0, let resolved = realpath(path, nil) else {
      throw unwritable(path, errno, option)
    }
    defer { free(resolved) }
    let file = String(cString: resolved)
    let place = FilePlace(file)
    return cannotMakeFile(in: place) == nil ? .replaced(place) : .inPlace(file)
  }

  /// Returns the file that will be created. If the path is a link to nothing, this is the target of
  /// the link.
  private static func newFile(_ path: String, _ option: String) throws(Failure) -> Target {
    var path = path
    for _ in 0..<40 {
      guard let target = linkTarget(path) else { break }
      path = target.hasPrefix("/") ? target : "\(FilePlace(path).folder)/\(target)"
    }
    let place = FilePlace(path)
    guard !place.name.isEmpty else {
      throw Failure("\(option) \(path) ends with a slash; name a file", status: .usage)
    }
    guard FileKind.at(place.folder) == .folder else {
      throw Failure(
        "\(option) \(path): there is no folder \(place.folder); create it, or name another file",
        status: .cannotWrite)
    }
    if let code = cannotMakeFile(in: place) { throw unwritable(path, code, option) }
    return .replaced(place)
  }

  /// Returns the error code of creating a file in the same folder, or `nil` on success.
  private static func cannotMakeFile(in place: FilePlace) -> Int32? {
    let path = "\(place.folder)/\(TemporaryName.unique(place.name))"
    do {
      _ = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    } catch {
      return error.code
    }
    unlink(path)
    return nil
  }

  private static func unwritable(_ path: String, _ code: Int32, _ option: String) -> Failure {
    Failure(
      "\(option) \(path): cannot write there: \(SystemError(code).text(at: path)); "
        + "name another file",
      status: .cannotWrite)
  }
}
