extension ImagePlan {
  /// Returns whether the images of this plan are the first images of another one: every index has
  /// the same label and the same seed in both.
  ///
  /// Plans of the same rule are compared by their rule, others image by image.
  package func isBeginning(of other: ImagePlan) -> Bool {
    guard count <= other.count else { return false }
    guard case .ruled(let rule, let seeds) = form,
      case .ruled(let otherRule, let otherSeeds) = other.form
    else { return haveSameImages(other) }
    switch (rule, otherRule) {
    case (.unconditional, .unconditional): return seeds.isBeginning(of: otherSeeds)
    case (.spread(let classes, .interleaved), .spread(let otherClasses, .interleaved))
    where classes == otherClasses:
      return seeds.isBeginning(of: otherSeeds)
    case (.exact(let labels), .exact(let otherLabels)):
      return labels.isBeginning(of: otherLabels) && seeds.isBeginning(of: otherSeeds)
    default: return haveSameImages(other)
    }
  }

  /// Compares the images one by one. Ends at the first difference.
  private func haveSameImages(_ other: ImagePlan) -> Bool {
    (0..<count).allSatisfy { self[$0] == other[$0] }
  }

  /// The plan of the first images of a plan from a file.
  ///
  /// - Parameter count: at most the number of images.
  func prefix(_ count: Int) -> ImagePlan {
    guard count < self.count, case .listed(let path, let labels, let seeds) = form else {
      return self
    }
    let indices = 0..<count
    return ImagePlan(
      path: path, labels: PackedNumbers(indices.lazy.map { labels[$0] }),
      seeds: PackedNumbers(indices.lazy.map { seeds[$0] }))
  }
}
