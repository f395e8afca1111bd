import Files
import Foundation

/// A failure to read existing images: what is wrong, where, and what to do about it.
package enum SampleError: Error, Equatable {
  /// A file or folder cannot be opened (exit status 66).
  case unreadable(path: String, reason: String)
  /// A file can be opened, but its contents are wrong or not supported (exit status 65).
  case badData(path: String, reason: String)
  /// There are no images (65).
  case noImages(path: String, found: Found)
  /// Two images of a collection differ in size (65).
  case mixedSizes(first: String, firstSize: String, other: String, otherSize: String)

  /// What a folder holds instead of images.
  package enum Found: Equatable, Sendable {
    case nothing
    /// Images in another format, such as `cat.jpg`.
    case otherFormat(String)
    /// Slices of a job, which are not merged yet.
    case slices
    /// Shards without the job.json that describes them.
    case shards
  }

  /// Creates the error about a file or folder that could not be read.
  ///
  /// - Parameter path: what was read, for errors that do not name it.
  init(_ error: OutputError, at path: String) {
    self =
      switch error {
      case .system(_, let path, let code):
        .unreadable(path: path, reason: "cannot be read: \(SystemError(code))")
      case .notAFile(let path, let kind):
        .unreadable(path: path, reason: "is \(kind.name), not a regular file")
      case .tooLarge(let path, let size):
        .badData(path: path, reason: "has \(size) bytes, more than such a file can have")
      case .unreadableImage(let file, let reason): .badData(path: file ?? path, reason: reason)
      default: .unreadable(path: path, reason: "\(error)")
      }
  }

  static func missing(_ path: String) -> SampleError {
    let code = errno
    return .unreadable(
      path: path,
      reason: code == ENOENT ? "no such file or folder; check the path" : "\(SystemError(code))")
  }
}

extension SampleError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let path, let reason), .badData(let path, let reason): "\(path): \(reason)"
    case .noImages(let path, let found): "\(path): \(found.text)"
    case .mixedSizes(let first, let firstSize, let other, let otherSize):
      "\(first) has \(firstSize) pixels, but \(other) has \(otherSize); all images must have one "
        + "size, so move the others to a folder of their own"
    }
  }
}

extension SampleError.Found {
  fileprivate var text: String {
    switch self {
    case .nothing: "holds no images; give an .npz file, an output folder or a folder of PNG files"
    case .otherFormat(let name):
      "\(name) is not a PNG file; convert the images to PNG, for example with "
        + "ImageMagick's 'mogrify -format png'"
    case .slices: "holds slices of a job; merge them first"
    case .shards:
      "holds shards but no job.json; give the output folder, which contains both"
    }
  }
}
