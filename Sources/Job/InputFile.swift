import Files
import Foundation
import Terminal
import Wording

/// A file or pipe named by the user, read once from beginning to end.
///
/// Waits for a pipe without a writer, but informs the user. A signal ends the wait.
struct InputFile {
  private let path: String
  private let file: OpenFile
  /// Called once when there has been nothing to read for a while.
  private let note: (String) -> Void

  /// The time in milliseconds without data after which the user is informed.
  private static let patience: Int32 = 2000

  /// - Throws: a failure with `cannotRead` that names the file.
  init(
    _ path: String,
    note: @escaping (String) -> Void = { StandardStream.error.write($0 + "\n") }
  ) throws(Failure) {
    self.path = path
    self.note = note
    do {
      // Without O_NONBLOCK, opening a named pipe would wait for its writer.
      file = try OpenFile(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    } catch {
      throw Failure("\(path.printable): \(Self.openFailure(error, path))", status: .cannotRead)
    }
  }

  /// Reads the next bytes and returns their number, which is 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      try waitForData()
      let count = Glibc.read(file.descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno == EINTR || errno == EAGAIN { continue }
      let reason = errno == EISDIR ? "is a folder" : "\(SystemError.last)"
      throw Failure("\(path.printable): cannot be read: \(reason)", status: .cannotRead)
    }
  }

  private func waitForData() throws(Failure) {
    var state = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
    var timeout = Self.patience
    while true {
      let ready = poll(&state, 1, timeout)
      if ready > 0 { return }
      guard ready == 0 else {
        // The signal has a handler. A signal without one would have ended the process.
        throw Failure("\(path.printable): interrupted while waiting for it", status: .incomplete)
      }
      note("waiting for data from \(path.printable)")
      timeout = -1
    }
  }

  private static func openFailure(_ error: SystemError, _ path: String) -> String {
    switch error.code {
    case ENOENT where path.hasPrefix("/dev/fd/") || path.hasPrefix("/proc/self/fd/"):
      "is not open in this process: mpirun does not pass on pipes such as <(…); write the text to "
        + "a file"
    case ENOENT where path == "-": "no such file; standard input is /dev/stdin"
    case ENOENT: "no such file: check the path"
    case EACCES: "may not be read: check its permissions"
    default: "cannot be opened: \(error)"
    }
  }
}

/// Text files of the user that are read as a whole.
package enum InputText {
  /// Returns the bytes of a file or pipe.
  ///
  /// - Parameter limit: the largest number of bytes. Reading stops there.
  /// - Throws: a failure that names the file.
  package static func bytes(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let file = try InputFile(path)
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { buffer.deallocate() }
    while bytes.count <= limit {
      let count = try file.read(into: buffer)
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
    throw Failure("\(path.printable): has more than \(limit) bytes", status: .badData)
  }

  /// Describes the problem of a text that begins like UTF-16. Returns `nil` for other texts.
  package static func encodingProblem(_ start: some Collection<UInt8>) -> String? {
    let start = Array(start.prefix(2))
    return start == [0xFF, 0xFE] || start == [0xFE, 0xFF]
      ? "is text in UTF-16; save it in UTF-8" : nil
  }
}
