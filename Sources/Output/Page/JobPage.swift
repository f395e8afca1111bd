import Foundation

/// `index.html`: a page that shows a job to people. It is self-contained: it needs no other files,
/// no network and no scripts.
package struct JobPage: Sendable {
  package typealias Row = (name: String, value: String)

  /// A contact sheet as a PNG file that is small enough to be part of the page.
  package struct Sheet: Sendable {
    let png: Data
    let width: Int
    let height: Int
    /// The factor by which it is smaller than the file.
    let reduction: Int
  }

  /// The name of the folder.
  package var name: String
  /// One sentence about the contents of the folder.
  package var summary: String
  /// The reason why there are fewer images than planned, or `nil` if all exist.
  package var notice: String?
  package var warnings: [String] = []
  package var sheet: Sheet?
  /// Pictures of trajectories: their names, and PNG files.
  package var trajectories: [(name: String, png: Data)] = []
  /// The timeline as an SVG picture.
  package var timeline: String?
  package var classes: ClassCounts
  package var settings: [Row]
  package var run: [Row]
  package var command: [String]
  package var commandNote: String
  package var loading: [LoadingExample]
  /// Paths in the folder, with descriptions of the files.
  package var files: [Row]
  package var program: String

  package init(
    name: String, summary: String, classes: ClassCounts, settings: [Row], run: [Row],
    command: [String], commandNote: String, loading: [LoadingExample], files: [Row],
    program: String
  ) {
    self.name = name
    self.summary = summary
    self.classes = classes
    self.settings = settings
    self.run = run
    self.command = command
    self.commandNote = commandNote
    self.loading = loading
    self.files = files
    self.program = program
  }
}

extension JobPage.Sheet {
  /// The largest size in bytes of a PNG file that becomes part of the page without being reduced.
  private static let largestFile = 4 << 20

  /// Reads a folder's contact sheet. Reduces a large one until it fits.
  ///
  /// - Parameter reduces: whether there is time to reduce it, which may take a second.
  /// - Returns: `nil` if there is no contact sheet that fits.
  package init?(in folder: OutputFolder, reduces: Bool = true) {
    guard let file = try? RegularFile.read(folder.contactSheetPath, largest: 256 << 20) else {
      return nil
    }
    var (png, reduction) = (file, 1)
    while png.count > Self.largestFile {
      guard reduces, let image = try? RGBImage.decode(png: png).image,
        let smaller = try? image.reduced(by: 2).pngData()
      else { return nil }
      png = smaller
      reduction *= 2
    }
    guard let size = PNGHeader.imageSize(png) else { return nil }
    self.init(png: png, width: size.width, height: size.height, reduction: reduction)
  }
}

extension OutputFolder {
  /// The number and size in bytes of pictures of trajectories that become part of a page.
  private static let shownTrajectories = 3
  private static let largestTrajectory = 2 << 20

  /// The pictures of trajectories that become part of the page.
  package var shownTrajectories: [(name: String, png: Data)] {
    let names = try? FolderListing(path).names(where: FolderNames.isTrajectory).sorted()
    return (names ?? []).prefix(Self.shownTrajectories).compactMap { name in
      let png = try? RegularFile.read("\(path)/\(name)", largest: Self.largestTrajectory)
      return png.map { (name, $0) }
    }
  }

  /// The path of the page.
  package var pagePath: String { "\(path)/\(FolderNames.page)" }

  /// Writes `index.html`.
  ///
  /// - Throws: `OutputError`, also if there is another file with that name, which is not changed.
  package func writePage(_ page: JobPage) throws {
    guard mayReplacePage else { throw OutputError.foreignPage(path: pagePath) }
    try WholeFile.write(Data(page.html.utf8), folder: path, name: FolderNames.page)
  }

  /// Whether `index.html` is a page of this program, or does not exist.
  var mayReplacePage: Bool { MarkedPage.mayReplace(pagePath, mark: JobPage.mark) }
}
