/// What happens to a rank, and when.
struct Event {
  enum Kind {
    /// Its networks are ready.
    case ready
    /// It looks at a message of the coordinator's.
    case message
    /// Nine tenths of its batch are done.
    case nearlyDone
    case done
    case beat
    case dies
    /// MPI tells the coordinator of its death.
    case deathIsKnown
    /// It stands still for a while, as after SIGSTOP.
    case stops
  }

  /// Seconds since the start of the job.
  let time: Double
  let rank: Int
  let kind: Kind
}

/// Events in the order of their times; those of the same time in the order in which they were added.
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
