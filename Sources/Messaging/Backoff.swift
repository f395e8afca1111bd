/// How long to nap between two looks at MPI: hardly at all while messages flow, longer and longer
/// while none come.
///
/// A look costs some ten microseconds, so a rank that looks a hundred times a second uses a
/// thousandth of a processor, and hundreds of idle ranks may share one.
struct Backoff {
  private static let shortest = Duration.microseconds(100)
  private static let longest = Duration.milliseconds(10)

  private var nap = shortest

  /// The nap to take after a look, or nil after one that found something.
  mutating func next(busy: Bool) -> Duration? {
    guard !busy else {
      nap = Self.shortest
      return nil
    }
    defer { nap = min(nap * 3 / 2, Self.longest) }
    return nap
  }
}
