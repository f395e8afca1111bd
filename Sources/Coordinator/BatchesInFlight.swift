import Job

/// The batches that ranks hold, and how far each has come.
struct BatchesInFlight {
  private struct Batch {
    let imageCount: Int
    var awaited: Set<Int>
    /// The part sampled, from 0 to 1.
    var fraction = 0.0

    /// Images' worth of work not yet delivered.
    var undelivered: Double {
      let delivered = Double(imageCount - awaited.count)
      return max(0, Double(imageCount) * fraction - delivered)
    }
  }

  /// By rank, in the order in which they were granted.
  private var batches: [Int: [Batch]] = [:]

  mutating func grant(_ requests: [ImageRequest], to rank: Int) {
    let batch = Batch(imageCount: requests.count, awaited: Set(requests.map(\.index)))
    batches[rank, default: []].append(batch)
  }

  /// Notes how far the batch that `rank` is working on has come.
  mutating func note(_ report: StepReport, from rank: Int) {
    guard batches[rank]?.isEmpty == false else { return }
    batches[rank]?[0].fraction = report.fraction
  }

  /// Notes that an image has come back; false when `rank` was not asked for it.
  mutating func deliver(_ index: Int, from rank: Int) -> Bool {
    let held = batches[rank] ?? []
    guard let place = held.firstIndex(where: { $0.awaited.contains(index) }) else { return false }
    batches[rank]?[place].awaited.remove(index)
    if batches[rank]?[place].awaited.isEmpty == true { batches[rank]?.remove(at: place) }
    return true
  }

  /// Images' worth of sampling that is done but not yet delivered.
  var undelivered: Double {
    batches.values.joined().reduce(0) { $0 + $1.undelivered }
  }
}
