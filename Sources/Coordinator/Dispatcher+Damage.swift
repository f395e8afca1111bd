import Job

/// An image was damaged each time it was read back.
package struct RepeatedDamage: Error, Equatable, CustomStringConvertible {
  let index: Int
  /// How often the image was written.
  let times: Int

  package init(index: Int, times: Int) {
    self.index = index
    self.times = times
  }

  /// What the user can do. The raw value is that of a program without options.
  package enum Advice: String, CaseIterable, Sendable {
    case anotherFolder = "choose another folder"
  }

  package var description: String { text(\.rawValue) }

  /// Returns the message.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    "image \(index) was written \(times) times and was damaged each time it was read back; "
      + "check the disk, or \(words(.anotherFolder))"
  }
}

/// Images that were written, and turned out to be damaged when they were read back at the end.
extension Dispatcher {
  /// The number of times that an image is generated again before the disk is considered faulty.
  private static let damageLimit = 3

  /// Hands the images out again, or ends the job if this has failed too often.
  func remake(_ indices: [Int], at now: ContinuousClock.Instant) {
    for index in indices {
      settled.remove(index)
      damages[index, default: 0] += 1
    }
    queue.giveBack(indices)
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
