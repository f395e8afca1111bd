import Foundation
import Job

/// The images of a job as others read them back, in whatever form they lie in its folder.
package protocol ImageStore: Sendable {
  /// The whole PNG file of an image that is there; for any thread.
  ///
  /// - Throws: `OutputError` when it is not, or cannot be read.
  func read(index: Int) throws -> Data

  /// What an image that is read back must be; nil where any image will do.
  var check: ImageCheck? { get }
}

extension ImageStore {
  package var check: ImageCheck? { nil }

  /// The pixels of an image that is there.
  ///
  /// - Throws: `OutputError.unreadableImage` when it must be made again.
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

/// An image store as the job that fills it sees it; used by one thread, reading aside.
///
/// Whatever it throws, the same call may be made again, and nothing is lost or there twice.
package protocol PublishingStore: ImageStore {
  /// Makes the store's folder, clears away what killed jobs left half done, and looks at what is
  /// there; to be called once, first.
  ///
  /// - Parameter check: looks into every image; without it an image is there when its file is whole.
  func open(check: ImageCheck?) throws -> PublishedImages

  /// Takes in an image that is not there yet.
  ///
  /// - Parameter list: to be called, before images can be seen under their final names, with the
  ///   indices of those.
  func add(_ image: FinishedImage, list: ([Int]) throws -> Void) throws

  /// Makes visible what is held back until its neighbours are there, and those without all
  /// neighbours too where `incomplete` says so.
  func publish(incomplete: Bool, list: ([Int]) throws -> Void) throws

  /// Removes temporary files of images that nobody waits for any more.
  func sweep() throws

  /// The images of `done` whose files are gone.
  func missing(of done: IndexBitmap) throws -> [Int]

  /// Removes images that are damaged; they can be added again.
  func discard(_ indices: [Int]) throws
}

/// What a store holds when it is opened.
package struct PublishedImages: Sendable {
  /// The images that need not be made.
  package var done: IndexBitmap
  /// Those of them that others can see.
  package var published: IndexBitmap
  /// Images that were there, but not whole.
  package var damaged = 0

  init(indices: Range<Int>) {
    done = IndexBitmap(indices: indices)
    published = done
  }
}
