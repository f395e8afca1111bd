/// The number of images per second over the last minutes, so that the current rate is shown.
struct RateMeter {
  private static let interval = Duration.seconds(30)
  private static let longestWindow = 10

  private var marks: [(time: ContinuousClock.Instant, done: Double)] = []
  private(set) var rate: Double?

  /// Records progress.
  ///
  /// - Parameter done: the work done in this run of the job, in images. The clock starts with the
  ///   first progress, so that the time to load the networks does not count.
  mutating func note(done: Double, at now: ContinuousClock.Instant) {
    guard done > 0 else { return }
    guard let first = marks.first, let last = marks.last else {
      marks = [(now, done)]
      return
    }
    let seconds = (now - first.time) / .seconds(1)
    if seconds > 0 && done > first.done { rate = (done - first.done) / seconds }
    guard now - last.time >= Self.interval else { return }
    marks.append((now, done))
    if marks.count > Self.longestWindow { marks.removeFirst() }
  }
}
