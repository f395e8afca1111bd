import Foundation
import Synchronization

/// A terminal window for a tested program. It can be resized, and records the output.
package final class PseudoTerminal: Sendable {
  /// The end that the program writes to.
  package let programsSide: FileHandle
  private let ownSide: Int32
  private let received = Mutex(Data())

  /// TIOCGPTN and TIOCSPTLCK, macros that Swift does not import.
  private static let (getNumber, setLock): (UInt, UInt) = (0x8004_5430, 0x4004_5431)

  package init(columns: Int) throws {
    ownSide = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (number, lock): (UInt32, Int32) = (0, 0)
    guard ownSide >= 0, ioctl(ownSide, Self.setLock, &lock) == 0,
      ioctl(ownSide, Self.getNumber, &number) == 0
    else { throw TestSetupError("no pseudo-terminal: \(String(cString: strerror(errno)))") }
    let descriptor = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestSetupError("cannot open /dev/pts/\(number)") }
    programsSide = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    resize(columns: columns)
  }

  deinit { close(ownSide) }

  /// Changes the width of the window.
  package func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(ownSide, UInt(TIOCSWINSZ), &size)
  }

  /// All output so far.
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
