import Foundation

/// Passes a file of packed weights that other processes send from the main thread, which receives
/// it, to the sampling thread, which writes it.
///
/// Unchecked, because `NSCondition` guards every stored variable. Only the sampling thread waits.
package final class PackedArrivals: @unchecked Sendable {
  /// A file that the sampling thread waits for.
  package struct Order: Sendable, Equatable {
    package let file: String
    /// The number of bytes that have been written.
    package fileprivate(set) var written = 0
  }

  private let condition = NSCondition()
  private let wake: @Sendable () -> Void
  private var current: Order?
  private var pieces: [PackedPiece] = []
  private var hasFailed = false

  /// - Parameter wake: wakes the main thread.
  package init(wake: @escaping @Sendable () -> Void) {
    self.wake = wake
  }

  // MARK: the sampling thread's side

  /// Orders a file.
  func begin(_ file: String) {
    condition.withLock {
      current = Order(file: file)
      pieces = []
      hasFailed = false
    }
    wake()
  }

  /// Waits for the next piece of the file and returns it, or `nil` if no process has the file.
  func next() -> PackedPiece? {
    condition.withLock {
      while pieces.isEmpty && !hasFailed { condition.wait() }
      return pieces.isEmpty ? nil : pieces.removeFirst()
    }
  }

  /// Allows the main thread to request more.
  func haveWritten(_ byteCount: Int) {
    condition.withLock { current?.written = byteCount }
    wake()
  }

  /// Ends the order.
  func end() {
    condition.withLock { current = nil }
  }

  // MARK: the main thread's side

  /// The file that the sampling thread waits for.
  package var order: Order? { condition.withLock { current } }

  /// Delivers the next piece of the ordered file.
  package func put(_ piece: PackedPiece) {
    condition.withLock {
      pieces.append(piece)
      condition.signal()
    }
  }

  /// States that no process has the ordered file.
  package func fail() {
    condition.withLock {
      hasFailed = true
      condition.signal()
    }
  }
}
