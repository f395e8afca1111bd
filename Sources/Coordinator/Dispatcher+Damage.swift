import Job

/// Images that were written, and turned out to be damaged when they were read back at the end.
extension Dispatcher {
  /// The number of times that an image is generated again before the disk is considered faulty.
  private static let damageLimit = 3

  /// Hands the images out again, or ends the job if this has failed too often.
  func regenerate(_ indices: [Int], at now: ContinuousClock.Instant) {
    for index in indices {
      settled.remove(index)
      damages[index, default: 0] += 1
    }
    queue.putBack(indices)
    if let index = indices.first(where: { damages[$0]! > Self.damageLimit }) {
      let damage = RepeatedDamage(index: index, times: Self.damageLimit + 1)
      let failure = Failure(damage, otherwise: .cannotWrite, text: settings.text)
      return end(failure, place: "", at: now)
    }
    observer.announce(
      DamagedImages.notice(indices.count) + (indices.count == 1 ? ": " : ", the first of them ")
        + "image \(indices[0])")
  }

  /// The number of images that counted as done and must be generated again.
  var damagedCount: Int { damages.values.reduce(0, +) }
}
