import Foundation
import Synchronization
import Testing
import Threads

private final class Held: Sendable {}

@Suite("Background threads") struct BackgroundThreadTests {
  @Test
  func `a thread runs its work once`() throws {
    let calls = Mutex(0)
    let done = DispatchSemaphore(value: 0)
    try BackgroundThread.start {
      calls.withLock { $0 += 1 }
      done.signal()
    }
    done.wait()
    #expect(calls.withLock { $0 } == 1)
  }

  @Test
  func `a thread that the system refuses is an error, and its work is released`() {
    weak var object: Held?
    do {
      let work = Held()
      object = work
      // No address space is this large.
      #expect(throws: ThreadError(code: EAGAIN)) {
        try BackgroundThread.start(stackSize: 1 << 47) { [work] in _ = work }
      }
    }
    #expect(object == nil)
  }

  private final class Held: Sendable {}

  @Test(arguments: [0, 1, 7])
  func `without a limit, all requested threads are available`(count: Int) {
    #expect(BackgroundThread.available(upTo: count) == count)
  }
}
