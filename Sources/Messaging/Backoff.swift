/// The time to nap between two polls of MPI: almost none while messages arrive, and longer and
/// longer while none arrive.
///
/// A poll costs about ten microseconds. A rank that polls a hundred times per second uses a
/// thousandth of a processor, so hundreds of idle ranks can share one.
struct Backoff {
  private static let shortest = Duration.microseconds(100)
  private static let longest = Duration.milliseconds(10)

  private var nap = shortest

  /// Returns the nap after a poll, or `nil` if the poll found something.
  mutating func next(busy: Bool) -> Duration? {
    guard !busy else {
      nap = Self.shortest
      return nil
    }
    defer { nap = min(nap * 3 / 2, Self.longest) }
    return nap
  }
}
