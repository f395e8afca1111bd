import Foundation
import Job
import Machine
import Threads

/// The thread that samples, so that the main thread can answer messages.
enum ComputeThread {
  /// Enough for deep recursion over the blocks of a network, and for scratch arrays of C libraries.
  private static let stackSize = 64 << 20

  /// Starts the thread. It creates its image maker itself, and runs until the mailbox is closed.
  ///
  /// If the thread cannot be started, this is reported as an event, like any other failure.
  ///
  /// - Parameter failure: describes an error to the user.
  static func start(
    mailbox: Mailbox, failure: @escaping @Sendable (any Error) -> Failure,
    makeImageMaker:
      @escaping @Sendable (_ note: @escaping (String) -> Void) throws -> any ImageMaker
  ) {
    let body: @Sendable () -> Void = {
      // The kernel shows the name in top and /proc.
      try? Data("sampling".utf8).write(to: URL(filePath: "/proc/thread-self/comm"))
      do {
        let maker = try makeImageMaker { mailbox.post(.note($0)) }
        let tries = NonFiniteRetry(maker: maker, tell: mailbox.post)
        mailbox.post(.ready)
        while let batch = mailbox.take() {
          try tries.make(batch, report: mailbox.report)
          mailbox.post(.batchEnded)
        }
      } catch {
        mailbox.post(.failed(failure(error)))
      }
    }
    do {
      try BackgroundThread.start(stackSize: stackSize, body)
    } catch {
      mailbox.post(.failed(failure(ThreadLimit.ofThisProcess)))
    }
  }
}
