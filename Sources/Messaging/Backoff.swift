/// The time to nap between two polls of MPI: almost none while messages arrive, and longer and
/// longer while none arrive.
///
/// A poll costs about ten microseconds. A rank that polls a hundred times per second uses a
/// thousandth of a processor, so hundreds of idle ranks can share one.
struct Backoff {
  private static let shortest = Duration.microseconds(100)
  private static let longest = Duration.milliseconds(10)
  /// The number of polls between two naps while a large packet is in transit.
  private static let pollsWhileMoving = 16

  private var nap = shortest
  private var polls = 0

  /// Returns the nap after a poll, or `nil` if another poll should follow at once.
  ///
  /// - Parameters:
  ///   - busy: whether the poll found something.
  ///   - isMoving: whether a large packet is in transit. Each poll then moves a part of it, such as
  ///     128 KB with TCP, without finding anything.
  mutating func next(busy: Bool, isMoving: Bool = false) -> Duration? {
    guard !busy else {
      nap = Self.shortest
      return nil
    }
    if isMoving {
      polls += 1
      return polls % Self.pollsWhileMoving == 0 ? Self.shortest : nil
    }
    defer { nap = min(nap * 3 / 2, Self.longest) }
    return nap
  }
}
