import Job

/// Publishes the images of a cascade, and those of its base stage in a folder of their own.
///
/// An image is published after its base image, so the base images of all existing images exist.
package final class CascadeSink: ImageSink {
  private let images: FolderSink
  private let base: FolderSink

  package init(images: FolderSink, base: FolderSink) {
    self.images = images
    self.base = base
  }

  package func write(_ image: FinishedImage) throws {
    if let png = image.base { try base.write(FinishedImage(index: image.index, png: png)) }
    try images.write(image)
  }

  package func finish() throws -> [Int] {
    Array(Set(try base.finish() + images.finish())).sorted()
  }
}
