import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("In a terminal") struct TerminalTests {
    private static let painted = [
      "--num-samples", "8", "--batch-size", "1", "--painting", "150", "--threads", "1",
    ]

    /// Returns all redraws of the progress line.
    private func redraws(_ text: String) -> [Substring] {
      // In Swift, a carriage return followed by a line feed is one character.
      text.split { ["\r", "\n", "\r\n"].contains($0) }.filter { line in
        line.contains("/5008") || line.contains("/8 ") || line.hasSuffix("/8")
      }
    }

    @Test(arguments: [11, 20, 30, 60, 80, 200])
    func `the progress line fits the terminal's width`(columns: Int) async throws {
      let folder = try JobFolder()
      let terminal = try PseudoTerminal(columns: columns)
      let result = try await Program.run(
        Self.painted + ["--out", folder.url.path], terminal: terminal)
      #expect(result.status == 0, "\(result)")
      let lines = redraws(terminal.text)
      #expect(lines.contains { $0.contains("8/8") }, "\(terminal.text)")
      for line in lines {
        #expect(line.count < columns && line.count > min(columns, 60) / 4, "\(line)")
      }
      #expect(lines.last?.contains("1 rank") == (columns >= 60))
    }

    @Test
    func `under mpirun the line fits the terminal of mpirun, also after it is resized`()
      async throws
    {
      let folder = try JobFolder()
      let terminal = try PseudoTerminal(columns: 80)
      let painted = ["--num-samples", "5008", "--painting", "100", "--threads", "1"]
      _ = try await Program.run(
        painted + ["--out", folder.url.path], ranks: 2, terminal: terminal
      ) { mpirun in
        // The sequence that precedes a redraw in a narrower window.
        let erasing = "\u{1b}[J"
        try await wait { redraws(terminal.text).count > 2 }
        terminal.resize(columns: 30)
        try await wait {
          let parts = terminal.text.components(separatedBy: erasing)
          return parts.count == 2 && redraws(parts[1]).count > 2
        }
        terminal.resize(columns: 200)
        try await wait { redraws(terminal.text).last!.count > 100 }
        let parts = terminal.text.components(separatedBy: erasing)
        try #require(parts.count == 2, "\(terminal.text)")
        #expect(redraws(parts[0]).allSatisfy { (60..<80).contains($0.count) }, "\(parts[0])")
        // The last redraw may be incomplete.
        let lengths = redraws(parts[1]).dropLast().map(\.count)
        let narrow = lengths.prefix { $0 < 30 }
        #expect(narrow.count > 2, "\(lengths)")
        #expect(
          lengths.dropFirst(narrow.count).allSatisfy { (100..<200).contains($0) }, "\(lengths)")
        kill(mpirun, SIGTERM)
      }
    }

    private func wait(until isReached: () -> Bool) async throws {
      for _ in 0..<600 where !isReached() { try await Task.sleep(for: .milliseconds(100)) }
      try #require(isReached())
    }
  }
}
