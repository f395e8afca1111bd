import Foundation
import Synchronization

/// A terminal window for a program that is tested: it can be resized, and keeps what it is sent.
package final class PseudoTerminal: Sendable {
  /// The end that a program writes to.
  package let programsSide: FileHandle
  private let ownSide: Int32
  private let received = Mutex(Data())

  package init(columns: Int) throws {
    ownSide = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard ownSide >= 0, grantpt(ownSide) == 0, unlockpt(ownSide) == 0, let name = ptsname(ownSide)
    else { throw TestSetupError("no pseudo-terminal: \(String(cString: strerror(errno)))") }
    let descriptor = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestSetupError("cannot open \(String(cString: name))") }
    programsSide = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    resize(columns: columns)
  }

  deinit { close(ownSide) }

  /// Gives the window another width.
  package func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    ioctl(ownSide, UInt(TIOCSWINSZ), &size)
  }

  /// All that was written so far.
  package var text: String {
    received.withLock { received in
      var entry = pollfd(fd: ownSide, events: Int16(POLLIN), revents: 0)
      var buffer = [UInt8](repeating: 0, count: 4096)
      while poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLIN) != 0 {
        let count = read(ownSide, &buffer, buffer.count)
        guard count > 0 else { break }
        received.append(contentsOf: buffer[..<count])
      }
      return String(decoding: received, as: UTF8.self)
    }
  }
}
