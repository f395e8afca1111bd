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
  package enum Advice: String {
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
