import Foundation
import Wording

/// A comparison as an HTML page: a table with a column for each source and a row for each class,
/// whose head and class names stay visible. The page is self-contained: it needs no other files, no
/// network and no scripts.
struct ComparisonPage {
  /// The number of rows that fit. The last rows of the comparison are left out.
  let rowCount: Int
  /// The longer side of the images in the page, in pixels. Larger ones are reduced.
  let largestSide: Int

  private let comparison: Comparison
  /// The longer side of the images in the window until the reader chooses another.
  private let cell: Int
  private let program: String

  /// The number of pixels of all images. They take about three bytes each.
  private static let largestArea = 16_000_000
  /// The sizes to which images are reduced. The first with room for all rows is used.
  private static let sides = [512, 256, 128, 64]
  private static let cells = [48, 64, 96, 128, 192, 256, 384, 512]

  /// - Parameters:
  ///   - cell: the longer side of the images in the window.
  ///   - program: the name and version of the program.
  init(_ comparison: Comparison, cell: Int, program: String) {
    self.comparison = comparison
    self.cell = cell
    self.program = program
    let rows = comparison.rows.count
    largestSide =
      Self.sides.first { Self.rowCount(comparison, side: $0) >= rows } ?? Self.sides.last!
    rowCount = min(rows, Self.rowCount(comparison, side: largestSide))
  }

  private static func rowCount(_ comparison: Comparison, side: Int) -> Int {
    let area = comparison.sources.reduce(0) { area, source in
      let size = source.samples.size
      let shown = size.scaled(toSide: min(side, size.longerSide))
      return area + shown.width * shown.height
    }
    return max(1, largestArea / (area * max(1, comparison.imageCount)))
  }

  // MARK: - Parts of the page

  /// The beginning of every such page, which identifies it as a page of this command.
  static let mark = """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="generator" content="diffuse-mpi compare
    """

  /// The page up to the first row.
  var start: String {
    """
    \(Self.mark) \(program.htmlEscaped)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title.htmlEscaped) · diffuse-mpi compare</title>
    <style>
    \(PageStyle.base)
    \(Self.style)
    \(zoomStyle)
    </style>
    <header>
    <h1>\(title.htmlEscaped)</h1>
    \(notes.map { "<p>\($0.htmlEscaped)</p>" }.joined(separator: "\n"))
    \(zoom)
    </header>
    <main>
    <table>
    <thead><tr><th scope="col">\(isLabelled ? "class" : "")</th>\(heads)</tr></thead>
    <tbody>

    """
  }

  /// Returns a row of the table.
  ///
  /// - Parameter images: for each position, the PNG file of each source.
  func row(_ number: Int, images: [[Data?]]) -> String {
    let row = comparison.rows[number]
    let label = row.label.map { row.title == "class \($0)" ? "" : "<small>\($0)</small>" } ?? ""
    let cells = comparison.sources.indices.map { source in
      let pictures = images.indices.map { place in
        image(images[place][source], row, place: place, source: source)
      }
      return "<td class=\"p\(shownSide(source))\"><div>\(pictures.joined())</div></td>"
    }
    return "<tr><th scope=\"row\">\(row.title.htmlEscaped)\(label)</th>\(cells.joined())</tr>\n"
  }

  /// The page after the last row.
  var end: String {
    """
    </tbody>
    </table>
    </main>
    <footer>Made by diffuse-mpi \(program.htmlEscaped).</footer>
    </html>

    """
  }

  private var title: String { comparison.sources.map(\.name).joined(separator: ", ") }

  private var isLabelled: Bool { comparison.rows.contains { $0.label != nil } }

  private var heads: String {
    comparison.sources.map { source in
      let samples = source.samples
      let facts = [samples.size.text, counted(samples.count, "image", isGrouped: true)]
      return "<th scope=\"col\">\(source.name.htmlEscaped)"
        + "<small>\(facts.joined(separator: ", "))</small></th>"
    }.joined()
  }

  /// What the table shows.
  private var notes: [String] {
    let sources = counted(comparison.sources.count, "source")
    let summary = "\(comparison.summary(rowCount: rowCount)), from \(sources)."
    var notes = [([summary] + comparison.notes).joined(separator: " ")]
    if rowCount < comparison.rows.count {
      notes.append(
        "The first \(rowCount.grouped) of \(comparison.rows.count.grouped) classes are shown.")
    }
    if comparison.sources.contains(where: { $0.samples.size.longerSide > largestSide }) {
      notes.append("Larger images are reduced to \(largestSide) pixels.")
    }
    return notes
  }

  private func image(_ png: Data?, _ row: Comparison.Row, place: Int, source: Int) -> String {
    guard let png, let index = row.images[place][source] else { return "<span></span>" }
    let samples = comparison.sources[source].samples
    let size = samples.size.scaled(toSide: shownSide(source))
    let facts =
      (row.title.isEmpty ? [] : [row.title]) + ["image \(index)"]
      + (samples.seed(of: index).map { ["seed \($0)"] } ?? [])
    let text = facts.joined(separator: ", ").htmlEscaped
    return "<img src=\"data:image/png;base64,\(png.base64EncodedString())\" "
      + "width=\"\(size.width)\" height=\"\(size.height)\" alt=\"\(text)\" title=\"\(text)\">"
  }

  // MARK: - Zoom

  private var cells: [Int] { Set(Self.cells + [cell]).sorted() }

  private var zoom: String {
    let choices = cells.map { side in
      "<label><input type=\"radio\" name=\"cell\" id=\"c\(side)\"\(side == cell ? " checked" : "")>"
        + "\(side)</label>"
    }
    return "<fieldset><legend>Size of images in pixels</legend>\(choices.joined())</fieldset>"
  }

  /// The longer side of the images of a source in the page.
  private func shownSide(_ source: Int) -> Int {
    min(largestSide, comparison.sources[source].samples.size.longerSide)
  }

  /// The rules for each size that can be chosen. An enlarged image shows its pixels.
  private var zoomStyle: String {
    let sides = Set(comparison.sources.indices.map(shownSide))
    let rules = cells.map { cell in
      let enlarged = sides.filter { $0 < cell }.sorted().map { ".p\($0) img" }
      let chosen = "html:has(#c\(cell):checked)"
      return "\(chosen) { --cell: \(cell)px; }"
        + (enlarged.isEmpty
          ? ""
          : "\n\(chosen) :is(\(enlarged.joined(separator: ", "))) { image-rendering: pixelated; }")
    }
    return """
      :root { --cell: \(cell)px; --columns: \(comparison.lineLength); }
      \(rules.joined(separator: "\n"))
      """
  }
}
