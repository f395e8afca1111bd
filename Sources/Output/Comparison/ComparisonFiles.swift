import Files
import Foundation
import Threads

/// The files of a comparison: `compare.png` and `compare.html`.
package struct ComparisonFiles {
  private let comparison: Comparison
  private let folder: String
  private let cell: Int
  private let program: String

  private static let (pictureName, pageName) = ("compare.png", "compare.html")
  /// The keyword of the text in pictures of this command, which may be replaced.
  private static let keyword = "diffuse-mpi compare"

  package var picturePath: String { path(of: Self.pictureName) }
  package var pagePath: String { path(of: Self.pageName) }

  private func path(of name: String) -> String { folder == "." ? name : "\(folder)/\(name)" }

  /// What was written.
  package struct Result: Sendable, Equatable {
    /// The numbers of rows on the picture and in the page, which may be smaller than that of the
    /// comparison.
    package let pictureRows: Int
    package let pageRows: Int
  }

  /// - Parameters:
  ///   - folder: the folder of the files, which is created if it does not exist.
  ///   - cell: the longer side of the images in pixels.
  ///   - program: the version of the program.
  package init(_ comparison: Comparison, folder: String, cell: Int, program: String) {
    self.comparison = comparison
    self.folder = folder
    self.cell = cell
    self.program = program
  }

  /// Checks that the files do not exist, or were written by an earlier comparison.
  ///
  /// - Throws: `OutputError.foreignFile`.
  private func checkPlaces() throws(OutputError) {
    try MarkedPicture.check(picturePath, keyword: Self.keyword)
    guard MarkedPage.mayReplace(pagePath, mark: ComparisonPage.mark) else {
      throw .foreignFile(path: pagePath)
    }
  }

  /// Reads the images and writes both files.
  ///
  /// - Parameter progress: called with the number of classes that are finished.
  /// - Throws: `OutputError`, `SampleError`, or `ComparisonSheet.TooLarge`.
  package func write(progress: (Int) -> Void = { _ in }) throws -> Result {
    try checkPlaces()
    var sheet = try ComparisonSheet(comparison, cell: cell)
    try makeFolder()
    let page = ComparisonPage(comparison, cell: cell, program: program)
    try WholeFile.write(
      folder: folder, name: Self.pageName, temporary: TemporaryName.unique(Self.pageName)
    ) { file in
      try file.write(Array(page.start.utf8))
      for number in 0..<max(sheet.rowCount, page.rowCount) {
        let images = try images(of: comparison.rows[number])
        if number < sheet.rowCount { sheet.draw(images, row: number) }
        if number < page.rowCount {
          let files = try files(of: images, largestSide: page.largestSide)
          try file.write(Array(page.row(number, images: files).utf8))
        }
        progress(number + 1)
      }
      try file.write(Array(page.end.utf8))
    }
    let text = comparison.sources.map(\.name).joined(separator: ", ")
    try MarkedPicture.write(sheet.picture, keyword: Self.keyword, text: text, to: picturePath)
    return Result(pictureRows: sheet.rowCount, pageRows: page.rowCount)
  }

  private func makeFolder() throws(OutputError) {
    do {
      try Folders.make(folder, permissions: 0o777)
    } catch {
      throw .system(action: "create the folder", path: error.path, code: error.error.code)
    }
  }

  /// Reads the images of a row, in parallel.
  private func images(of row: Comparison.Row) throws -> [[RGBImage?]] {
    let sources = comparison.sources
    return try Self.map(row.images) { source, index in
      try sources[source].samples.image(at: index)
    }
  }

  private func files(of images: [[RGBImage?]], largestSide: Int) throws -> [[Data?]] {
    try Self.map(images) { _, image in
      try image.scaled(toSide: min(largestSide, image.size.longerSide)).pngData()
    }
  }

  /// Calls `transform` with the number of the source and each value that exists, in parallel.
  private static func map<Value: Sendable, Result: Sendable>(
    _ places: [[Value?]], _ transform: @escaping @Sendable (Int, Value) throws -> Result
  ) throws -> [[Result?]] {
    let all = places.flatMap { Array($0.enumerated()) }
    let results = try concurrentMap(all) { source, value in
      try value.map { try transform(source, $0) }
    }
    let width = places.first?.count ?? 1
    return stride(from: 0, to: results.count, by: width).map { Array(results[$0..<$0 + width]) }
  }
}
