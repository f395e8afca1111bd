import Job

/// The batches that ranks are working on, and the progress of each.
struct BatchesInFlight {
  private struct Batch {
    let requests: [ImageRequest]
    var awaited: Set<Int>
    /// The time when the rank had finished all earlier batches, or `nil` if it has not.
    var start: ContinuousClock.Instant?
    /// The fraction that is sampled, from 0 to 1.
    var fraction = 0.0
    /// Whether another rank was given the same images.
    var isCopied = false

    /// The work that is done but not delivered, in images.
    var undelivered: Double {
      let delivered = Double(requests.count - awaited.count)
      return max(0, Double(requests.count) * fraction - delivered)
    }
  }

  /// Batches by rank, in the order in which they were granted.
  private var batches: [Int: [Batch]] = [:]
  /// For each expected image, the ranks that generate it. An image that was copied has several.
  private var makers: [Int: [Int]] = [:]
  /// The average time of recent batches, in seconds.
  private var usualSeconds: Double?
  /// The time of the longest batch, in seconds.
  private var longestSeconds: Double?

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

  /// Records the progress of the batch that `rank` is working on.
  mutating func note(_ report: StepReport, from rank: Int) {
    guard batches[rank] != nil else { return }
    batches[rank]![0].fraction = report.fraction
  }

  /// Records that an image is settled, so that no rank is expected to deliver it. An image has
  /// several ranks if it was copied, or if it was given back and handed out again.
  mutating func resolve(_ index: Int, at now: ContinuousClock.Instant) {
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
    if let start = batch.start { recordDuration((now - start) / .seconds(1)) }
    if batches[rank]!.isEmpty {
      batches[rank] = nil
    } else if batches[rank]![0].start == nil {
      batches[rank]![0].start = now
    }
  }

  private mutating func recordDuration(_ seconds: Double) {
    usualSeconds = usualSeconds.map { 0.9 * $0 + 0.1 * seconds } ?? seconds
    longestSeconds = max(longestSeconds ?? 0, seconds)
  }

  /// Removes all batches of `rank`, and returns the images that no other rank generates.
  mutating func withdraw(_ rank: Int) -> [Int] {
    forget(batches.removeValue(forKey: rank) ?? [], of: rank)
  }

  /// Removes these batches of `rank`, and returns the images that no other rank generates.
  @discardableResult
  private mutating func forget(_ held: some Sequence<Batch>, of rank: Int) -> [Int] {
    held.flatMap(\.awaited).filter { index in
      makers[index]?.removeAll { $0 == rank }
      guard makers[index]?.isEmpty == true else { return false }
      makers[index] = nil
      return true
    }
  }

  /// Returns the images that idle ranks should generate as copies: those of the batches that would
  /// be ready last, if an idle rank would finish them earlier.
  ///
  /// - Parameter count: the number of idle ranks.
  /// - Returns: a batch for each idle rank, the latest first. There are fewer if only a few batches
  ///   are late, or if the late ones already have copies.
  mutating func copiesOfLatest(_ count: Int, at now: ContinuousClock.Instant) -> [[ImageRequest]] {
    let latest = lateBatches(at: now).sorted { ($1.seconds, $0.rank) < ($0.seconds, $1.rank) }
    return latest.prefix(count).map { late in
      batches[late.rank]![late.place].isCopied = true
      let batch = batches[late.rank]![late.place]
      return batch.requests.filter { batch.awaited.contains($0.index) }
    }
  }

  /// The batches that have no copy and will take longer than a usual batch that starts now, with
  /// their remaining seconds.
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

  /// Estimates the remaining time from the pace so far. A rank that is long overdue may be stuck.
  private static func remainingSeconds(
    _ batch: Batch, usual: Double, at now: ContinuousClock.Instant
  ) -> Double {
    guard let start = batch.start else { return usual }
    let age = (now - start) / .seconds(1)
    if age > 2 * usual { return age }
    return batch.fraction > 0 ? age * (1 - batch.fraction) / batch.fraction : max(0, usual - age)
  }

  /// Adds a copy. It is marked as copied, because a copy needs no further copy.
  mutating func grantCopy(
    _ requests: [ImageRequest], to rank: Int, at now: ContinuousClock.Instant
  ) {
    grant(requests, to: rank, at: now)
    batches[rank]![batches[rank]!.count - 1].isCopied = true
  }

  /// The number of expected images.
  var awaitedCount: Int { makers.count }

  /// The expected images that ranks have begun.
  var begun: Set<Int> {
    Set(batches.values.compactMap { $0.first { $0.fraction > 0 } }.flatMap(\.awaited))
  }

  /// The work that is done but not delivered, in images.
  var undelivered: Double {
    batches.values.joined().reduce(0) { $0 + ($1.isCopied ? 0 : $1.undelivered) }
  }

  // MARK: - The end of a job

  /// Abandons the batches that need more than `limit` seconds at their current pace.
  mutating func keepNearlyDone(within limit: Double, at now: ContinuousClock.Instant) {
    for (rank, held) in batches {
      let seconds = secondsUntilDone(held, at: now)
      let kept = seconds.prefix { $0.map { $0 <= limit } ?? false }.count
      forget(held.dropFirst(kept), of: rank)
      batches[rank] = kept > 0 ? Array(held.prefix(kept)) : nil
    }
  }

  /// The seconds until the last batch in progress is done, or `nil` if they are not known.
  func secondsLeft(at now: ContinuousClock.Instant) -> Double? {
    var latest = 0.0
    for held in batches.values {
      guard let seconds = secondsUntilDone(held, at: now).last ?? 0 else { return nil }
      latest = max(latest, seconds)
    }
    return latest
  }

  /// The seconds until a rank that starts another batch after its current ones has finished it, as
  /// the longest batch so far predicts. `nil` before anything is known about a batch.
  func secondsUntilNextEnds(on rank: Int, at now: ContinuousClock.Instant) -> Double? {
    let projected = batches.values.compactMap { Self.projectedSeconds($0[0], at: now) }
    guard let longest = ([longestSeconds].compactMap(\.self) + projected).max() else { return nil }
    let current = secondsUntilDone(batches[rank] ?? [], at: now).last ?? 0
    return longest + (current ?? longest)
  }

  /// The seconds until the last of the batches is done whose pace is known.
  func longestProjection(at now: ContinuousClock.Instant) -> Double? {
    batches.values.compactMap { held in
      Self.projectedSeconds(held[0], at: now).map { $0 * (1 - held[0].fraction) }
    }.max()
  }

  /// The duration of a batch at its pace so far, or `nil` if too little of it is done to tell.
  private static func projectedSeconds(
    _ batch: Batch, at now: ContinuousClock.Instant
  ) -> Double? {
    guard let start = batch.start, batch.fraction >= 0.1 else { return nil }
    return (now - start) / .seconds(1) / batch.fraction
  }

  /// The seconds until each batch of a rank is done, or `nil` for batches without an estimate.
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
