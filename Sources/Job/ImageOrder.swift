import Wording

/// The order in which a job goes through its classes; each comes up as often as the others, or
/// once more.
package enum ImageOrder: String, Sendable, Codable, CaseIterable {
  /// The classes in turn, over and over.
  case interleaved
  /// All images of the first class, then all of the second, …
  case grouped
  /// As if interleaved and then shuffled, the same way every time.
  case shuffled

  /// The place in the list of classes that the image at `index` takes its label from.
  ///
  /// - Parameters:
  ///   - count: how many images the job has; `index` is in `0..<count`.
  ///   - classes: how many classes are listed, at least 1.
  func place(of index: Int, count: Int, classes: Int) -> Int {
    switch self {
    case .interleaved: return index % classes
    case .shuffled: return Permutation(count: count)[index] % classes
    case .grouped:
      let (each, more) = count.quotientAndRemainder(dividingBy: classes)
      // The first `more` classes have one image more than the others.
      let long = more * (each + 1)
      return index < long ? index / (each + 1) : more + (index - long) / each
    }
  }
}
