import Job

/// The batches that ranks hold, and how far each has come.
struct BatchesInFlight {
  private struct Batch {
    let requests: [ImageRequest]
    var awaited: Set<Int>
    /// When its rank had nothing older to do.
    var start: ContinuousClock.Instant?
    /// The part sampled, from 0 to 1.
    var fraction = 0.0
    /// Whether another rank was given the same images.
    var isCopied = false

    /// Images' worth of work not yet delivered.
    var undelivered: Double {
      let delivered = Double(requests.count - awaited.count)
      return max(0, Double(requests.count) * fraction - delivered)
    }
  }

  /// By rank, in the order in which they were granted.
  private var batches: [Int: [Batch]] = [:]
  /// By image that is awaited: the ranks that make it. More than one do where it was copied.
  private var makers: [Int: [Int]] = [:]
  /// How long batches take, on average over the last ones, in seconds.
  private var usualSeconds: Double?

  var isEmpty: Bool { batches.isEmpty }

  mutating func grant(
    _ requests: [ImageRequest], to rank: Int, at now: ContinuousClock.Instant
  ) {
    let isFirst = batches[rank] == nil
    batches[rank, default: []].append(
      Batch(
        requests: requests, awaited: Set(requests.map(\.index)), start: isFirst ? now : nil))
    for request in requests { makers[request.index, default: []].append(rank) }
  }

  /// Notes how far the batch that `rank` is working on has come.
  mutating func note(_ report: StepReport, from rank: Int) {
    guard batches[rank] != nil else { return }
    batches[rank]![0].fraction = report.fraction
  }

  /// Notes that an image is settled: no rank that makes it is waited for. Beside the one that has
  /// answered there are others where it was copied, or given back and handed out again.
  mutating func settle(_ index: Int, at now: ContinuousClock.Instant) {
    for rank in makers.removeValue(forKey: index) ?? [] { stopAwaiting(index, of: rank, at: now) }
  }

  private mutating func stopAwaiting(
    _ index: Int, of rank: Int, at now: ContinuousClock.Instant
  ) {
    guard let place = batches[rank]?.firstIndex(where: { $0.awaited.contains(index) })
    else { return }
    batches[rank]![place].awaited.remove(index)
    guard batches[rank]![place].awaited.isEmpty else { return }
    let batch = batches[rank]!.remove(at: place)
    if let start = batch.start { noteDuration((now - start) / .seconds(1)) }
    if batches[rank]!.isEmpty {
      batches[rank] = nil
    } else if batches[rank]![0].start == nil {
      batches[rank]![0].start = now
    }
  }

  private mutating func noteDuration(_ seconds: Double) {
    usualSeconds = usualSeconds.map { 0.9 * $0 + 0.1 * seconds } ?? seconds
  }

  /// Stops awaiting anything of `rank`, and returns the images that nobody else makes.
  mutating func withdraw(_ rank: Int) -> [Int] {
    forget(batches.removeValue(forKey: rank) ?? [], of: rank)
  }

  /// Stops awaiting these batches of `rank`, and returns the images that nobody else makes.
  @discardableResult
  private mutating func forget(_ held: some Sequence<Batch>, of rank: Int) -> [Int] {
    held.flatMap(\.awaited).filter { index in
      makers[index]?.removeAll { $0 == rank }
      guard makers[index]?.isEmpty == true else { return false }
      makers[index] = nil
      return true
    }
  }

  /// Images that ranks with nothing else to do had better make too: those of the batches that would
  /// be ready last, if that is later than an idle rank would be.
  ///
  /// - Parameter count: how many ranks have nothing else to do.
  /// - Returns: a batch for each of them, the latest first; fewer when no others are so late, or
  ///   each that is has been copied.
  mutating func copiesOfLatest(_ count: Int, at now: ContinuousClock.Instant) -> [[ImageRequest]] {
    let latest = lateBatches(at: now).sorted { ($1.seconds, $0.rank) < ($0.seconds, $1.rank) }
    return latest.prefix(count).map { late in
      batches[late.rank]![late.place].isCopied = true
      let batch = batches[late.rank]![late.place]
      return batch.requests.filter { batch.awaited.contains($0.index) }
    }
  }

  /// Batches that were not copied and will take longer than usual from now on, and how long.
  private func lateBatches(
    at now: ContinuousClock.Instant
  ) -> [(rank: Int, place: Int, seconds: Double)] {
    guard let usualSeconds else { return [] }
    return batches.flatMap { rank, held in
      var seconds = 0.0
      return held.enumerated().compactMap { place, batch in
        seconds += Self.remainingSeconds(batch, usual: usualSeconds, at: now)
        return batch.isCopied || seconds <= usualSeconds ? nil : (rank, place, seconds)
      }
    }
  }

  /// By how fast the batch has come so far; a rank that has long been due may be stuck.
  private static func remainingSeconds(
    _ batch: Batch, usual: Double, at now: ContinuousClock.Instant
  ) -> Double {
    guard let start = batch.start else { return usual }
    let age = (now - start) / .seconds(1)
    if age > 2 * usual { return age }
    return batch.fraction > 0 ? age * (1 - batch.fraction) / batch.fraction : max(0, usual - age)
  }

  /// Marks copies as such: a batch that is one needs no copy of its own.
  mutating func grantCopy(
    _ requests: [ImageRequest], to rank: Int, at now: ContinuousClock.Instant
  ) {
    grant(requests, to: rank, at: now)
    batches[rank]![batches[rank]!.count - 1].isCopied = true
  }

  /// Images that are awaited.
  var awaitedCount: Int { makers.count }

  /// Images' worth of sampling that is done but not yet delivered.
  var undelivered: Double {
    batches.values.joined().reduce(0) { $0 + ($1.isCopied ? 0 : $1.undelivered) }
  }

  // MARK: - The end of a job

  /// Abandons the batches that need more than `limit` seconds at their pace so far.
  mutating func keepNearlyDone(within limit: Double, at now: ContinuousClock.Instant) {
    for (rank, held) in batches {
      let seconds = secondsUntilDone(held, at: now)
      let kept = seconds.prefix { $0.map { $0 <= limit } ?? false }.count
      forget(held.dropFirst(kept), of: rank)
      batches[rank] = kept > 0 ? Array(held.prefix(kept)) : nil
    }
  }

  /// Seconds until the last batch in progress is done; nil when that is not known.
  func secondsLeft(at now: ContinuousClock.Instant) -> Double? {
    var latest = 0.0
    for held in batches.values {
      guard let seconds = secondsUntilDone(held, at: now).last ?? 0 else { return nil }
      latest = max(latest, seconds)
    }
    return latest
  }

  /// Seconds until each of the batches of a rank is done; nil where that is not known.
  private func secondsUntilDone(
    _ held: [Batch], at now: ContinuousClock.Instant
  ) -> [Double?] {
    var sum: Double? = 0
    return held.map { batch in
      let seconds = estimatedSeconds(batch, at: now)
      sum = sum.flatMap { sum in seconds.map { sum + $0 } }
      return sum
    }
  }

  private func estimatedSeconds(_ batch: Batch, at now: ContinuousClock.Instant) -> Double? {
    guard let start = batch.start else { return usualSeconds }
    let age = (now - start) / .seconds(1)
    if batch.fraction > 0 { return age * (1 - batch.fraction) / batch.fraction }
    return usualSeconds.map { max(0, $0 - age) }
  }
}
