/// An event of a rank in virtual time.
struct Event {
  enum Kind {
    /// The networks of the rank are ready.
    case ready
    /// The rank reads a message from the coordinator.
    case message
    /// Nine tenths of the batch are done.
    case nearlyDone
    case done
    case beat
    case dies
    /// MPI reports the death of the rank to the coordinator.
    case deathIsKnown
    /// The rank is stopped for a while, as by SIGSTOP.
    case stops
  }

  /// The time in seconds since the start of the job.
  let time: Double
  let rank: Int
  let kind: Kind
}

/// Events ordered by time. Events with equal times are in the order in which they were added.
struct EventQueue {
  private var heap: [(event: Event, order: Int)] = []
  private var count = 0

  var first: Event? { heap.first?.event }

  mutating func add(_ event: Event) {
    heap.append((event, count))
    count += 1
    var place = heap.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeFirst() -> Event {
    heap.swapAt(0, heap.count - 1)
    let (event, _) = heap.removeLast()
    var place = 0
    while 2 * place + 1 < heap.count {
      var child = 2 * place + 1
      if child + 1 < heap.count, isBefore(child + 1, child) { child += 1 }
      guard isBefore(child, place) else { break }
      heap.swapAt(place, child)
      place = child
    }
    return event
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (heap[a].event.time, heap[a].order) < (heap[b].event.time, heap[b].order)
  }
}
