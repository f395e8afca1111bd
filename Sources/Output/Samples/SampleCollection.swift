import Files
import Job

/// Images that exist already, with their labels and seeds as far as these are known.
///
/// A collection is one of these:
/// - an `.npz` file as guided-diffusion's scripts write it: pixels in `arr_0`, labels in `arr_1`;
/// - an output folder of this program, with PNG files or shards;
/// - any folder of PNG files, either directly in it or in one subfolder for each class.
///
/// All images have the same size. They are decoded when they are requested, so memory does not grow
/// with their size. It grows by a few dozen bytes for each image.
package struct SampleCollection: Sendable {
  package enum Kind: Sendable, Equatable {
    case npz
    /// An output folder of this program.
    case job
    /// A folder of PNG files.
    case folder
  }

  /// The path that was opened.
  package let path: String
  private let source: any SampleSource

  /// Opens a file or folder. Reads where the images are, and their sizes, but no pixels.
  ///
  /// - Throws: `SampleError`.
  package init(opening path: String) throws {
    self.path = path
    source = try Self.source(path)
  }

  private static func source(_ path: String) throws -> any SampleSource {
    switch FileKind.at(path) {
    case .file: try NPZSamples(path)
    case .folder:
      if let job = try JobSamples(folder: path) { job } else { try PNGFolderSamples(path) }
    case .some(let kind):
      throw SampleError.unreadable(
        path: path, reason: "is \(kind.name); give an .npz file or a folder of images")
    case nil: throw SampleError.missing(path)
    }
  }

  package var kind: Kind { source.kind }

  /// The number of images that exist.
  package var count: Int { source.count }

  /// The width and height of every image, in pixels.
  package var width: Int { size.width }
  package var height: Int { size.height }
  var size: ImageSize { source.size }

  /// The indices of the images that exist, in ascending order. In an unfinished job, some may be
  /// missing in between. In an npz file and a folder of PNG files they are 0, 1, …, `count` − 1.
  package var indices: [Int] { source.indices }

  /// The indices of the images of a job that do not exist, in ascending order.
  package var missing: NumberRanges { source.missing }

  /// Whether the images have labels.
  package var hasLabels: Bool { source.label(of: indices[0]) != nil }

  /// Returns the label of an image of `indices`, or `nil` if the images have none.
  package func label(of index: Int) -> Int? { source.label(of: index) }

  /// Returns the seed of an image of a job, or `nil` for images of other sources.
  package func seed(of index: Int) -> UInt32? { source.seed(of: index) }

  /// Returns the name of a class, or `nil` if it is not known.
  package func className(ofLabel label: Int) -> String? { source.className(ofLabel: label) }

  /// The class names by label, if all are known.
  package var classNames: [String]? {
    var names: [String] = []
    while let name = className(ofLabel: names.count) { names.append(name) }
    let isComplete = indices.allSatisfy { label(of: $0).map(names.indices.contains) ?? false }
    return isComplete && !names.isEmpty ? names : nil
  }

  /// Whether the labels are only the positions of the class names in their order, because the
  /// classes are subfolders with names.
  package var labelsFollowNames: Bool { source.labelsFollowNames }

  /// Reads an image of `indices`. May be called on any thread.
  ///
  /// - Throws: `SampleError` if the image cannot be read, or has another size than the others.
  package func image(at index: Int) throws -> RGBImage { try source.image(at: index) }

  /// Returns a SHA-256 that changes when the images change, as 64 hexadecimal digits.
  ///
  /// - For an npz file it is that of the whole file, whose checksums are compared.
  /// - For a job it covers the settings and the plan, which determine every image, and which of the
  ///   images exist.
  /// - For a folder of PNG files it covers their paths in the folder, and their sizes in bytes.
  ///
  /// - Throws: `SampleError`.
  package func fingerprint() throws -> String { try source.fingerprint() }
}

/// The images of a `SampleCollection`, independent of how they are stored.
protocol SampleSource: Sendable {
  var kind: SampleCollection.Kind { get }
  /// In ascending order, and not empty.
  var indices: [Int] { get }
  var missing: NumberRanges { get }
  var size: ImageSize { get }
  var labelsFollowNames: Bool { get }
  func className(ofLabel label: Int) -> String?
  func label(of index: Int) -> Int?
  func seed(of index: Int) -> UInt32?
  func image(at index: Int) throws -> RGBImage
  func fingerprint() throws -> String
}

extension SampleSource {
  var count: Int { indices.count }
  var missing: NumberRanges { NumberRanges([]) }
  var labelsFollowNames: Bool { false }
  func className(ofLabel label: Int) -> String? { nil }
  func seed(of index: Int) -> UInt32? { nil }
}

/// The labels that files may contain.
enum SampleLabels {
  /// Larger numbers are not labels, because no model has so many classes.
  private static let possible = 0..<1_000_000

  /// Returns a label, or `nil` if it is impossible.
  static func checked(_ label: Int) -> Int? { possible.contains(label) ? label : nil }
}

/// The width and height of an image in pixels.
struct ImageSize: Sendable, Equatable {
  let width: Int
  let height: Int

  var text: String { "\(width)×\(height)" }
}

extension RGBImage {
  var size: ImageSize { ImageSize(width: width, height: height) }
}
