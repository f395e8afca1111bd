/// Returns the seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(body) / .seconds(1)
}

/// Returns the shortest time of three runs of `body`, or of as many runs as take `duration`
/// seconds.
func leastSeconds(over duration: Double, _ body: () throws -> Void) rethrows -> Double {
  try body()
  var (least, total, runs) = (Double.infinity, 0.0, 0)
  while runs < 3 || total < duration {
    let time = try seconds(body)
    (least, total, runs) = (min(least, time), total + time, runs + 1)
  }
  return least
}

extension [Double] {
  var median: Double { sorted()[count / 2] }
}
