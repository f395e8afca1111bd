import Files
import Foundation

/// A PNG file at a path that the user chose. A text in the file tells which command wrote it, so
/// that the command replaces only its own files.
package enum MarkedPicture {
  /// The largest file that is examined. This program writes no larger pictures.
  private static let largestFile = 1 << 28

  /// Checks that a file does not exist, or was written with this keyword.
  ///
  /// - Throws: `OutputError.foreignFile`.
  package static func check(_ path: String, keyword: String) throws(OutputError) {
    let existing: Data
    do throws(OutputError) {
      existing = try RegularFile.read(path, largest: largestFile)
    } catch {
      if case .system(_, _, ENOENT) = error { return }
      throw .foreignFile(path: path)
    }
    let texts = (try? RGBImage.decode(png: existing).text) ?? []
    guard texts.contains(where: { $0.0 == keyword }) else { throw .foreignFile(path: path) }
  }

  /// Writes a picture, and replaces an earlier one of the same command.
  ///
  /// - Parameters:
  ///   - keyword: the keyword of the text.
  ///   - text: what the picture shows.
  /// - Throws: `OutputError`.
  package static func write(
    _ picture: RGBImage, keyword: String, text: String, to path: String
  ) throws {
    try check(path, keyword: keyword)
    let png = try picture.pngData(text: [(keyword, text)])
    let place = FilePlace(path)
    try WholeFile.write(
      folder: place.folder, name: place.name, temporary: TemporaryName.unique(place.name)
    ) { file in try png.withUnsafeBytes { try file.write($0) } }
  }
}
