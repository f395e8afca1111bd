import Files
import Testing

@Suite struct LineReaderTests {
  struct TooLong: Error, Equatable {
    let number: Int
  }

  /// Returns all lines of a text that is read in pieces of `piece` bytes.
  private func lines(_ text: String, piece: Int, limit: Int = .max) throws -> [String] {
    var rest = Array(text.utf8)[...]
    var lines = LineReader(limit: limit) { (number) throws(TooLong) in
      throw TooLong(number: number)
    } read: { (buffer) throws(TooLong) in
      let count = min(piece, buffer.count, rest.count)
      buffer.copyBytes(from: rest.prefix(count))
      rest = rest.dropFirst(count)
      return count
    }
    var found: [String] = []
    while let line = try lines.next() {
      found.append(String(decoding: line, as: UTF8.self))
      #expect(lines.number == found.count)
    }
    return found
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func `lines are the same for any sizes of the pieces that are read`(piece: Int) throws {
    #expect(try lines("one\n\nthree\r\nlast", piece: piece) == ["one", "", "three\r", "last"])
    #expect(try lines("one\n", piece: piece) == ["one"])
    #expect(try lines("\n\n", piece: piece) == ["", ""])
    #expect(try lines("", piece: piece) == [])
  }

  @Test
  func `a line may be longer than one read`() throws {
    let long = String(repeating: "x", count: 5 << 20)
    #expect(try lines("a\n\(long)\nb", piece: .max) == ["a", long, "b"])
  }

  @Test
  func `a line past the limit is reported with its number`() throws {
    let long = String(repeating: "x", count: 101)
    #expect(throws: TooLong(number: 2)) { try lines("a\n\(long)\nb", piece: 10, limit: 90) }
    #expect(try lines("a\n\(long)\nb", piece: 10, limit: 101).count == 3)
  }
}

@Suite struct RetryScheduleTests {
  @Test
  func `pauses double from one second to fifteen`() {
    var schedule = RetrySchedule(since: .now)
    #expect((0..<6).map { _ in schedule.nextPause() } == [1, 2, 4, 8, 15, 15].map { .seconds($0) })
  }

  @Test
  func `attempts end when the patience is used up`() {
    let start = ContinuousClock.now
    let schedule = RetrySchedule(since: start)
    #expect(!schedule.isOver(.seconds(60), at: start + .seconds(59)))
    #expect(schedule.isOver(.seconds(60), at: start + .seconds(60)))
    #expect(schedule.isOver(.zero, at: start))
  }
}
