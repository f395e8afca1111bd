import Synchronization

/// The first status other than success that the threads of a parallel region met.
final class FirstFailure: Sendable {
  private let first = Atomic<Int32>(0)

  func record(_ status: Int32) {
    if status != 0 {
      _ = first.compareExchange(expected: 0, desired: status, ordering: .relaxed)
    }
  }

  var status: Int32 { first.load(ordering: .relaxed) }
}
