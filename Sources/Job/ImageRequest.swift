/// One image to make: everything about it that differs from image to image.
package struct ImageRequest: Sendable, Codable, Equatable {
  /// The place in the plan, from 0; it fixes the file's name.
  package let index: Int
  /// The class, or nil where the networks take none.
  package let label: Int?
  /// The seed of the image's own noise.
  package let seed: UInt32

  package init(index: Int, label: Int?, seed: UInt32) {
    self.index = index
    self.label = label
    self.seed = seed
  }
}
