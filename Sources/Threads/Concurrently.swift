import Foundation
import Synchronization

/// Calls `body` once with each number below `count`, on all processors, or on as many threads as can
/// be created; returns when all calls have.
package func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
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

/// What `transform` makes of each element, in their order, computed on all processors, or on as many
/// threads as can be created.
///
/// - Throws: the first error in the order of the elements, after all were tried.
package func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], _ transform: @escaping @Sendable (Element) throws -> Result
) throws -> [Result] {
  let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: elements.count))
  concurrently(elements.count) { place in
    let result = Swift.Result { try transform(elements[place]) }
    results.withLock { $0[place] = result }
  }
  return try results.withLock { try $0.map { try $0!.get() } }
}
