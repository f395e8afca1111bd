import Foundation
import Job

/// The thread that samples, so that the main thread stays free to answer messages.
enum ComputeThread {
  /// Room for deep recursion over a network's blocks and for C libraries' scratch arrays.
  private static let stackSize = 64 << 20

  /// Starts the thread; it creates its image maker itself and runs until the mailbox is closed.
  static func start(
    mailbox: Mailbox,
    makeImageMaker:
      @escaping @Sendable (_ note: @escaping (String) -> Void) throws -> any ImageMaker
  ) {
    let thread = Thread {
      // Thread.name seldom reaches the kernel, which shows the name in top and /proc.
      try? Data("sampling".utf8).write(to: URL(filePath: "/proc/thread-self/comm"))
      do {
        let maker = try makeImageMaker { mailbox.post(.note($0)) }
        mailbox.post(.ready)
        while let batch = mailbox.take() {
          let images = try maker.make(batch, report: mailbox.report)
          try check(images, answer: batch)
          mailbox.post(.finished(images))
        }
      } catch {
        mailbox.post(.failed(Failure(error)))
      }
    }
    thread.stackSize = stackSize
    thread.start()
  }

  /// An image too few would leave the coordinator waiting for ever.
  private static func check(_ images: [FinishedImage], answer batch: [ImageRequest]) throws {
    guard images.map(\.index).sorted() == batch.map(\.index).sorted() else {
      throw Failure(
        "a batch of \(batch.count) images gave images \(images.map(\.index)); "
          + "this is a fault in the program, please report it",
        status: .internalError)
    }
  }
}
