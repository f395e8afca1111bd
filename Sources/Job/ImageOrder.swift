import Wording

/// The order in which a job cycles through its classes. The number of images per class differs by
/// at most one.
package enum ImageOrder: String, Sendable, Codable, CaseIterable {
  /// The classes in turn, over and over.
  case interleaved
  /// All images of the first class, then all images of the second, and so on.
  case grouped
  /// The interleaved order, shuffled. The result is the same every time.
  case shuffled

  /// Returns the position in the list of classes that determines the label of the image at `index`.
  ///
  /// - Parameters:
  ///   - count: the number of images in the job. `index` is in `0..<count`.
  ///   - classes: the number of classes in the list, at least 1.
  func place(of index: Int, count: Int, classes: Int) -> Int {
    switch self {
    case .interleaved: return index % classes
    case .shuffled: return Permutation(count: count)[index] % classes
    case .grouped:
      let (each, more) = count.quotientAndRemainder(dividingBy: classes)
      // The first `more` classes have one more image than the others.
      let long = more * (each + 1)
      return index < long ? index / (each + 1) : more + (index - long) / each
    }
  }
}
