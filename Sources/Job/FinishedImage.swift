/// A sampled image, encoded and ready to be written.
package struct FinishedImage: Sendable, Equatable {
  /// The index of the request it answers.
  package let index: Int
  /// The whole PNG file.
  package let png: [UInt8]

  package init(index: Int, png: [UInt8]) {
    self.index = index
    self.png = png
  }
}
