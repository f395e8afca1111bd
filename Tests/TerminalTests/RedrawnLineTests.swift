import Synchronization
import Terminal
import Testing

@Suite struct RedrawnLineTests {
  /// A terminal that can be resized.
  private final class Window: Sendable {
    let columns = Mutex(20)

    func line(canErase: Bool = true) -> RedrawnLine {
      RedrawnLine(TerminalDevice(canErase: canErase) { self.columns.withLock { $0 } })
    }
  }

  private let window = Window()

  @Test
  func `a shorter text completely replaces a longer one, and the cursor stays at the beginning`() {
    var line = window.line()
    #expect(line.draw { _ in "0123456789" } == "\r0123456789\r")
    #expect(line.draw { _ in "abc" } == "\rabc       \r")
    #expect(line.draw { _ in "abcd" } == "\rabcd\r")
  }

  @Test
  func `the last column stays free for any text`() {
    var line = window.line()
    let text = line.draw { String(repeating: "x", count: $0 + 5) }
    #expect(text == "\r" + String(repeating: "x", count: 19) + "\r")
  }

  @Test
  func `if the window becomes narrower, the rows of the wrapped old text are erased`() {
    var line = window.line()
    _ = line.draw { _ in "0123456789012345678" }
    window.columns.withLock { $0 = 8 }
    #expect(line.draw { String(repeating: "x", count: $0) } == "\r\u{1b}[J\rxxxxxxx\r")
    window.columns.withLock { $0 = 30 }
    #expect(line.draw { _ in "y" } == "\ry      \r")
  }

  @Test
  func `a terminal without escape sequences gets none`() {
    var line = window.line(canErase: false)
    _ = line.draw { _ in "0123456789" }
    window.columns.withLock { $0 = 8 }
    #expect(line.draw { _ in "abc" } == "\rabc    \r")
    #expect(line.erase() == "\r   \r")
  }

  @Test
  func `only a drawn line is erased or ended`() {
    var line = window.line()
    #expect(line.erase().isEmpty && line.end().isEmpty)
    _ = line.draw { _ in "abc" }
    #expect(line.erase() == "\r\u{1b}[J")
    #expect(line.erase().isEmpty && line.end().isEmpty)
    _ = line.draw { _ in "abc" }
    #expect(line.end() == "\n")
    #expect(line.end().isEmpty)
  }

  @Test(arguments: [0, 1, 2])
  func `a window without width causes no trap`(columns: Int) {
    window.columns.withLock { $0 = columns }
    var line = window.line()
    #expect(line.draw { String(repeating: "x", count: $0) } == "\rx\r")
  }
}
