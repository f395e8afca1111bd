import Files
import Foundation

/// The PNG files of a folder, either directly in it or one level below. Hidden files are ignored.
struct PNGListing: Sendable {
  struct File: Sendable {
    /// The subfolder that contains it, or `nil` if it is in the folder itself.
    let subfolder: String?
    let name: String
    /// The size of the file.
    let bytes: Int
    /// The size of the image according to its header.
    let size: ImageSize
  }

  private let path: String
  /// Sorted by path.
  let files: [File]
  /// The subfolders that contain images, sorted. Empty if the images are in the folder itself.
  let subfolders: [String]

  /// - Throws: `SampleError` if there are no PNG files, or something that may be images besides
  ///   them.
  init(_ path: String) throws {
    self.path = path
    do {
      let top = try NamesByKind(path)
      let files = try top.images.map { try Self.file($0, in: path, subfolder: nil) }
      var below: [[File]] = []
      var otherImage = top.otherImage
      for name in top.folders {
        let names = try NamesByKind("\(path)/\(name)")
        otherImage = otherImage ?? names.otherImage.map { "\(name)/\($0)" }
        guard !names.images.isEmpty else { continue }
        below.append(
          try names.images.map { try Self.file($0, in: "\(path)/\(name)", subfolder: name) })
      }
      if let first = files.first, let other = below.first?.first {
        throw SampleError.badData(
          path: path,
          reason: "has images both in itself (\(first.name)) and in subfolders "
            + "(\(other.subfolder ?? "")), so their classes are unclear; move one or the other away"
        )
      }
      self.files = files + below.joined()
      subfolders = below.compactMap { $0.first?.subfolder }
      if self.files.isEmpty {
        let found = try otherImage.map(SampleError.Found.otherFormat) ?? top.found
        throw SampleError.noImages(path: path, found: found)
      }
    } catch let error as OutputError {
      throw SampleError(error, at: path)
    }
  }

  func relativePath(of file: File) -> String {
    file.subfolder.map { "\($0)/\(file.name)" } ?? file.name
  }

  func path(of file: File) -> String { "\(path)/\(relativePath(of: file))" }

  /// Returns the size of all images.
  ///
  /// - Throws: `SampleError.mixedSizes` if they differ.
  func commonSize() throws(SampleError) -> ImageSize {
    let first = files[0]
    if let other = files.first(where: { $0.size != first.size }) {
      throw .mixedSizes(
        first: path(of: first), firstSize: first.size.text, other: path(of: other),
        otherSize: other.size.text)
    }
    return first.size
  }

  private static func file(
    _ name: String, in folder: String, subfolder: String?
  ) throws -> File {
    let path = "\(folder)/\(name)"
    let (file, bytes) = try RegularFile.open(path)
    var header = [UInt8](repeating: 0, count: PNGHeader.size)
    let count = try header.withUnsafeMutableBytes { buffer in
      try attempt("read", path, try file.read(into: buffer, at: 0))
    }
    guard let size = PNGHeader.imageSize(header.prefix(count)) else {
      throw SampleError.badData(path: path, reason: "is not a PNG file")
    }
    return File(subfolder: subfolder, name: name, bytes: bytes, size: size)
  }
}

/// The visible names in a folder, sorted by their bytes as Python sorts them.
private struct NamesByKind {
  private(set) var images: [String] = []
  private(set) var folders: [String] = []
  private let path: String
  private var others: [String] = []

  /// The extensions of formats that this program does not read.
  private static let otherFormats = [".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"]

  init(_ path: String) throws {
    self.path = path
    let folder = try FolderListing(path)
    let names = try folder.names { !$0.hasPrefix(".") }
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      if folder.isFolder(name) {
        folders.append(name)
      } else if name.lowercased().hasSuffix(".png") {
        images.append(name)
      } else {
        others.append(name)
      }
    }
    if !images.isEmpty, let other = otherImage {
      throw SampleError.noImages(path: path, found: .otherFormat(other))
    }
  }

  /// The first image in a format that this program does not read.
  var otherImage: String? {
    others.first { name in Self.otherFormats.contains { name.lowercased().hasSuffix($0) } }
  }

  /// What the folder holds instead of images.
  var found: SampleError.Found {
    get throws {
      if try SliceFolders.exist(in: path) { return .slices }
      return others.contains { $0.hasSuffix(".tar") } ? .shards : .nothing
    }
  }
}
