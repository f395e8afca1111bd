import Foundation

/// `index.html`: one page that shows a job to people. It is whole by itself: it needs neither the
/// files beside it nor the network nor scripts.
package struct JobPage: Sendable {
  package typealias Row = (name: String, value: String)

  /// A contact sheet as a PNG file, small enough to be part of the page.
  package struct Sheet: Sendable {
    let png: Data
    let width: Int
    let height: Int
    /// How many times smaller than the file it is.
    let reduction: Int
  }

  /// What the folder is called.
  package var name: String
  /// One sentence on what it holds.
  package var summary: String
  /// Why there are fewer images than the job asks for, if there are.
  package var notice: String?
  package var warnings: [String] = []
  package var sheet: Sheet?
  /// An SVG picture.
  package var timeline: String?
  package var classes: ClassCounts
  package var settings: [Row]
  package var run: [Row]
  package var command: [String]
  package var commandNote: String
  package var loading: [LoadingExample]
  /// Paths in the folder, and what lies there.
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
  /// Bytes of a PNG file that a page takes in as it is.
  private static let largestFile = 4 << 20

  /// Reads a folder's contact sheet; a large one is reduced until it fits.
  ///
  /// - Parameter reduces: whether there is time for that, which may be a second.
  /// - Returns: nil where there is none that fits.
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
    guard let size = Self.size(ofPNG: png) else { return nil }
    self.init(png: png, width: size.width, height: size.height, reduction: reduction)
  }

  /// Width and height as the header of a PNG file gives them.
  private static func size(ofPNG png: Data) -> (width: Int, height: Int)? {
    guard png.count > 24, png.starts(with: PNGEnds.signature) else {
      return nil
    }
    let sides = [16, 20].map { png[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (sides[0], sides[1])
  }
}

extension OutputFolder {
  /// Where the page is written.
  package var pagePath: String { "\(path)/\(FolderNames.page)" }

  /// Writes `index.html`.
  ///
  /// - Throws: `OutputError`; also when there is another file of that name, which is left alone.
  package func writePage(_ page: JobPage) throws {
    guard mayReplacePage else { throw OutputError.foreignPage(path: pagePath) }
    try WholeFile.write(Data(page.html.utf8), folder: path, name: FolderNames.page)
  }

  /// Whether `index.html` is a page of this program, or does not exist.
  var mayReplacePage: Bool {
    var status = stat()
    guard lstat(pagePath, &status) == 0 else { return errno == ENOENT }
    guard status.st_mode & S_IFMT == S_IFREG,
      let file = try? FileHandle(forReadingFrom: URL(fileURLWithPath: pagePath)),
      let start = try? file.read(upToCount: JobPage.mark.utf8.count)
    else { return false }
    return start == Data(JobPage.mark.utf8)
  }
}
