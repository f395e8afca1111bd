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

/// A sampled image, encoded and ready to be published.
package struct FinishedImage: Sendable, Equatable {
  /// Where the image's file is.
  package enum Content: Sendable, Equatable {
    /// Here: the whole PNG file, for the coordinator to write.
    case png([UInt8])
    /// In the output folder already, whole and under a temporary name, by the rank that made it:
    /// the path relative to the folder.
    case written(partial: String)
  }

  /// The index of the request it answers.
  package let index: Int
  package let content: Content

  package init(index: Int, content: Content) {
    self.index = index
    self.content = content
  }

  package init(index: Int, png: [UInt8]) {
    self.init(index: index, content: .png(png))
  }
}
