/// A request for one image: everything that differs from image to image.
package struct ImageRequest: Sendable, Codable, Equatable {
  /// The index in the plan, from 0. It determines the name of the file.
  package let index: Int
  /// The class, or `nil` if the networks take no label.
  package let label: Int?
  /// The seed of the image's own noise.
  package let seed: UInt32

  package init(index: Int, label: Int?, seed: UInt32) {
    self.index = index
    self.label = label
    self.seed = seed
  }
}

/// A sampled and encoded image, ready to be published.
package struct FinishedImage: Sendable, Equatable {
  /// The location of the image's file.
  package enum Content: Sendable, Equatable {
    /// The PNG file itself, for the coordinator to write.
    case png([UInt8])
    /// A complete file in the output folder, written by the rank that generated the image.
    /// `partial` is its temporary name, relative to the folder.
    case written(partial: String)
  }

  /// The index of the request.
  package let index: Int
  package var content: Content
  /// The picture of the image's trajectory as a PNG file, if it was requested.
  package var trajectory: [UInt8]?
  /// The image of the base stage as a PNG file, if it is kept.
  package var base: [UInt8]?

  package init(index: Int, content: Content) {
    self.index = index
    self.content = content
  }

  package init(index: Int, png: [UInt8]) {
    self.init(index: index, content: .png(png))
  }
}
