import Foundation
import Threads

/// Standard output or standard error, which may be full, closed, or a pipe that nobody reads.
///
/// A separate thread writes the text, so that no caller waits for the reader. The settings of the
/// descriptor are not changed, because other processes share it. Text that cannot be written is
/// lost.
///
/// Unchecked, because `condition` guards every stored variable.
package final class StandardStream: @unchecked Sendable {
  package static let error = StandardStream(STDERR_FILENO, limit: 64 << 10)
  package static let output = StandardStream(STDOUT_FILENO)

  /// Starts the thread.
  package typealias Start = @Sendable (@escaping @Sendable () -> Void) throws -> Void

  private let descriptor: Int32
  private let start: Start
  private let condition = NSCondition()
  private var pending: PendingText
  private var isWriting = false
  private var hasThread = false
  private var firstFailure: Int32?

  /// - Parameter limit: the largest number of bytes to keep for a slow reader.
  package init(
    _ descriptor: Int32, limit: Int = .max,
    start: @escaping Start = { try BackgroundThread.start($0) }
  ) {
    self.descriptor = descriptor
    self.start = start
    pending = PendingText(limit: limit)
  }

  /// Writes text soon, after all earlier text. Returns at once.
  package func write(_ text: String) {
    condition.withLock {
      pending.append(text)
      if !hasThread { hasThread = (try? start { self.run() }) != nil }
      if !hasThread { writeReady(until: .now) }
      condition.broadcast()
    }
  }

  /// The error number of the first text that could not be written.
  package var failure: Int32? { condition.withLock { firstFailure } }

  /// Waits until all text is written or lost.
  ///
  /// - Parameter deadline: the time to stop waiting, or `nil` to wait forever.
  package func flush(until deadline: Date? = nil) {
    condition.withLock {
      if !hasThread { writeReady(until: deadline ?? .distantFuture) }
      while hasThread, !pending.isEmpty || isWriting {
        guard let deadline else {
          condition.wait()
          continue
        }
        guard condition.wait(until: deadline) else { return }
      }
    }
  }

  /// Waits for at most a second until the text of both streams is written. Call at the end of the
  /// process.
  package static func flushAll() {
    let deadline = Date(timeIntervalSinceNow: 1)
    for stream in [error, output] { stream.flush(until: deadline) }
  }

  // MARK: - The thread

  private func run() {
    while true {
      let taken = condition.withLock {
        while pending.isEmpty { condition.wait() }
        isWriting = true
        return pending.take()!
      }
      let code = Self.write(taken.bytes, to: descriptor)
      condition.withLock {
        isWriting = false
        note(code, taken)
        condition.broadcast()
      }
    }
  }

  private func note(_ code: Int32?, _ taken: PendingText.Taken) {
    guard let code else { return }
    pending.lose(taken)
    if firstFailure == nil { firstFailure = code }
  }

  /// Writes all of `bytes`. Returns `nil` on success, or the error number.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        _ = isReady(descriptor, milliseconds: -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }

  // MARK: - Without a thread

  /// Writes while this is possible without waiting, or until `deadline`.
  private func writeReady(until deadline: Date) {
    while !pending.isEmpty {
      let milliseconds = min(max(0, deadline.timeIntervalSinceNow * 1000), 1e6)
      guard Self.isReady(descriptor, milliseconds: Int32(milliseconds)) else {
        guard deadline.timeIntervalSinceNow > 0 else { return }
        continue
      }
      let taken = pending.take()!
      note(Self.write(taken.bytes, to: descriptor), taken)
    }
  }

  /// Returns whether a short text can be written, or fails, at once.
  private static func isReady(_ descriptor: Int32, milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&entry, 1, milliseconds) > 0
  }

  /// Writes a line to standard error if this is possible at once. For signal handlers, which may
  /// not allocate or wait.
  package static func writeFromSignalHandler(_ text: StaticString) {
    guard isReady(STDERR_FILENO, milliseconds: 0) else { return }
    _ = Foundation.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }
}
