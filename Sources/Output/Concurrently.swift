import Foundation
import Synchronization
import Threads

/// Calls `body` once with each number below `count`, on all processors, or on as many threads as can
/// be created; returns when all calls have.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let work = NumberedWork(count: count, body: body)
  let helpers = DispatchGroup()
  for _ in 1..<max(1, min(count, ProcessInfo.processInfo.activeProcessorCount)) {
    helpers.enter()
    do {
      try BackgroundThread.start {
        work.run()
        helpers.leave()
      }
    } catch {
      helpers.leave()
      break
    }
  }
  work.run()
  helpers.wait()
}

private final class NumberedWork: Sendable {
  private let count: Int
  private let body: @Sendable (Int) -> Void
  private let next = Atomic(0)

  init(count: Int, body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Takes one number after the other until none is left.
  func run() {
    while true {
      let (number, _) = next.add(1, ordering: .relaxed)
      guard number < count else { return }
      body(number)
    }
  }
}
