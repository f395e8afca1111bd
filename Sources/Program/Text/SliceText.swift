import Job

extension PlanSlice {
  /// Returns the slice in words, such as `3 of 50: images 100–149`.
  func words(_ indices: Range<Int>) -> String {
    "\(number) of \(count): " + Self.images(indices)
  }

  private static func images(_ indices: Range<Int>) -> String {
    guard let first = indices.first, let last = indices.last else { return "no images" }
    return first == last ? "image \(first)" : "images \(first)–\(last)"
  }
}
