import Foundation
import Wording

/// The page as HTML 5.
extension JobPage {
  /// The beginning of every page, which identifies it as a page of this program.
  static let mark = """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="generator" content="diffuse-mpi
    """

  package var html: String {
    let sections = [
      header, sheetSection, trajectoriesSection, classesSection, timelineSection,
      section("Settings", Self.list(settings)), section("Run", Self.list(run)),
      section("How it was made", commandBlock), section("Load it in Python", examples),
      section("Files", fileList),
    ]
    return """
      \(Self.mark) \(program.htmlEscaped)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(name.htmlEscaped) · diffuse-mpi</title>
      <style>
      \(Self.style)
      </style>
      \(sections.compactMap { $0 }.joined(separator: "\n"))
      <footer>Made by diffuse-mpi \(program.htmlEscaped).</footer>
      </html>

      """
  }

  // MARK: - Sections

  private var header: String {
    let notes =
      (notice.map { [("notice", $0)] } ?? []) + warnings.map { ("notice warning", $0) }
    let lines = notes.map { "<p class=\"\($0)\">\($1.htmlEscaped)</p>" }
    return """
      <header>
      <h1>\(name.htmlEscaped)</h1>
      <p class="summary">\(summary.htmlEscaped)</p>
      \(lines.joined(separator: "\n"))
      </header>
      """
  }

  private var sheetSection: String? {
    guard let sheet else { return nil }
    let name = FolderNames.contactSheet
    let note =
      sheet.reduction > 1
      ? "\n<figcaption>Reduced to 1/\(sheet.reduction) of its width. "
        + "<a href=\"\(name)\">\(name)</a> has the full size.</figcaption>" : ""
    return """
      <figure>
      <a href="\(name)"><img src="data:image/png;base64,\(sheet.png.base64EncodedString())" \
      width="\(sheet.width)" height="\(sheet.height)" alt="Contact sheet: the first images\
      \(classes.entries.isEmpty ? "" : " of each class")"></a>\(note)
      </figure>
      """
  }

  private var trajectoriesSection: String? {
    guard !trajectories.isEmpty else { return nil }
    let figures = trajectories.map { name, png in
      "<figure class=\"wide\"><a href=\"\(name)\"><img "
        + "src=\"data:image/png;base64,\(png.base64EncodedString())\" "
        + "alt=\"Trajectory of an image: noise levels from left to right\"></a></figure>"
    }
    return section("Trajectories", figures.joined(separator: "\n"))
  }

  private var timelineSection: String? {
    timeline.map { section("Timeline", "<figure class=\"wide\">\n\($0)</figure>") }
  }

  private func section(_ title: String, _ content: String) -> String {
    "<section>\n<h2>\(title)</h2>\n\(content)\n</section>"
  }

  private static func list(_ rows: [Row]) -> String {
    let items = rows.map {
      "<div><dt>\($0.name.htmlEscaped)</dt><dd>\($0.value.htmlEscaped)</dd></div>"
    }
    return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
  }

  private static func block(_ text: String) -> String {
    "<pre><code>\(text.htmlEscaped)</code></pre>"
  }

  private var commandBlock: String {
    Self.block(command.map(\.shellQuoted).joined(separator: " "))
      + "\n<p>\(commandNote.htmlEscaped)</p>"
  }

  private var examples: String {
    loading.map { "<h3>\($0.library)</h3>\n\(Self.block($0.code))" }.joined(separator: "\n")
  }

  private var fileList: String {
    let items = files.map {
      "<div><dt><a href=\"\($0.name.htmlEscaped)\">\($0.name.htmlEscaped)</a></dt>"
        + "<dd>\($0.value.htmlEscaped)</dd></div>"
    }
    return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
  }

  // MARK: - Classes

  /// The largest number of classes that are listed one by one. More classes are listed as ranges of
  /// labels.
  private static let listedClasses = 100
  /// The largest number of rows of such ranges, and of characters in each.
  private static let listedCounts = 12
  private static let longestRange = 160

  private var classesSection: String? {
    guard !classes.entries.isEmpty else { return nil }
    let list = classes.entries.count <= Self.listedClasses ? classList : countList
    return section("Classes", "<p>\(classes.summary.htmlEscaped).</p>\n\(list)")
  }

  private var classList: String {
    let items = classes.entries.map {
      let count =
        $0.done == $0.planned ? $0.done.grouped : "\($0.done.grouped) of \($0.planned.grouped)"
      return "<li><span>\($0.label)</span> \($0.title.htmlEscaped) <b>\(count)</b></li>"
    }
    return "<ul class=\"classes\">\n\(items.joined(separator: "\n"))\n</ul>"
  }

  private var countList: String {
    let counts = classes.byCount
    var rows: [Row] = counts.prefix(Self.listedCounts).map {
      (
        counted($0.count, "image", isGrouped: true),
        counted($0.classes, "class", plural: "classes", isGrouped: true) + ": "
          + $0.labels.text.replacing(",", with: ", ").shortened(to: Self.longestRange)
      )
    }
    let more = counts.dropFirst(Self.listedCounts)
    if let most = more.first?.count {
      let classCount = more.reduce(0) { $0 + $1.classes }
      rows.append(("\(most.grouped) or fewer", "\(classCount.grouped) more classes"))
    }
    return Self.list(rows)
  }
}

extension String {
  /// Returns at most `length` characters. If the text is longer, the last of them is an ellipsis.
  package func shortened(to length: Int) -> String {
    prefix(length).endIndex == endIndex ? self : prefix(length - 1) + "…"
  }
}
