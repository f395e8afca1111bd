import Foundation
import Job

/// The images of a job for reading them back, independent of how they are stored in its folder.
package protocol ImageStore: Sendable {
  /// Returns the complete PNG file of an existing image. May be called on any thread.
  ///
  /// - Throws: `OutputError` if the image does not exist or cannot be read.
  func read(index: Int) throws -> Data

  /// The properties that images must have when they are read back, or `nil` to accept any image.
  var check: ImageCheck? { get }
}

extension ImageStore {
  package var check: ImageCheck? { nil }

  /// Returns the pixels of an existing image.
  ///
  /// - Throws: `OutputError.unreadableImage` if the image must be generated again.
  package func image(index: Int) throws -> RGBImage {
    let png = try read(index: index)
    do {
      return try check?.image(in: png, index: index) ?? RGBImage.decode(png: png).image
    } catch OutputError.unreadableImage(nil, let reason) {
      throw OutputError.unreadableImage(path: ImageRecord.fileName(index: index), reason: reason)
    } catch let fault as ImageCheck.Fault {
      throw OutputError.unreadableImage(
        path: ImageRecord.fileName(index: index), reason: "it \(fault.reason)")
    }
  }
}

/// An image store for the job that fills it. Only one thread may use it, except for reading.
///
/// After an error, the same call may be repeated. Nothing is lost or stored twice.
package protocol PublishingStore: ImageStore {
  /// Creates the store's folder, removes incomplete files of killed jobs, and looks for existing
  /// images. Call once, before any other method.
  ///
  /// - Parameter check: decodes and checks every image. If it is `nil`, an image exists if its file
  ///   is complete.
  func open(check: ImageCheck?) throws -> PublishedImages

  /// Stores an image that does not exist yet.
  ///
  /// - Parameter list: must be called with the indices of images before they appear under their
  ///   final names.
  func add(_ image: FinishedImage, list: ([Int]) throws -> Void) throws

  /// Publishes the images that are held back until their neighbours exist. If `incomplete` is true,
  /// also publishes those without all neighbours.
  func publish(incomplete: Bool, list: ([Int]) throws -> Void) throws

  /// Removes temporary files of images that are no longer expected.
  func sweep() throws

  /// Returns the images of `done` whose files are missing.
  func missing(of done: IndexBitmap) throws -> [Int]

  /// Removes damaged images. They can be added again.
  func discard(_ indices: [Int]) throws
}

/// The content of a store when it is opened.
package struct PublishedImages: Sendable {
  /// The images that need not be generated.
  package var done: IndexBitmap
  /// The images of `done` that are published.
  package var published: IndexBitmap
  /// The number of images that exist but are damaged.
  package var damaged = 0

  init(indices: Range<Int>) {
    done = IndexBitmap(indices: indices)
    published = done
  }
}
