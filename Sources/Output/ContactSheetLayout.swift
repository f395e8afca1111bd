/// Where everything on a contact sheet is, in pixels from the upper left corner.
struct ContactSheetLayout {
  /// A line of lettering and its upper left corner.
  struct Text {
    let line: String
    let x: Int
    let y: Int
    let isFooter: Bool
  }

  let selection: ContactSheetSelection
  let width: Int
  let height: Int

  private let titles: [String]
  private let cellWidth: Int
  private let cellHeight: Int
  private let gridLeft: Int
  private let gridBottom: Int

  private static let margin = 12
  private static let gap = 4
  private static let maximumHeight = 4000
  /// Cells of the font.
  private static let maximumTitle = 24

  /// - Parameters:
  ///   - cellWidth: width of a thumbnail, like `cellHeight` at most 128.
  ///   - font: nil when there is none; then no room is left for text.
  init(catalog: ImageCatalog, cellWidth: Int, cellHeight: Int, font: BitmapFont?) {
    let lineHeight = font?.cellHeight ?? 0
    let room = Self.maximumHeight - 2 * Self.margin - lineHeight - Self.gap
    selection = ContactSheetSelection(
      catalog: catalog, maximumRows: room / (cellHeight + Self.gap))
    titles = selection.rows.map { row in
      font?.shortened(row.title ?? "", toCells: Self.maximumTitle) ?? ""
    }
    self.cellWidth = cellWidth
    self.cellHeight = cellHeight

    let titleWidth = titles.compactMap { font?.width(of: $0) }.max() ?? 0
    gridLeft = Self.margin + (titleWidth > 0 ? titleWidth + Self.margin : 0)
    gridBottom = Self.margin + selection.rows.count * (cellHeight + Self.gap) - Self.gap

    let columns = selection.rows.map(\.indices.count).max() ?? 0
    let gridRight = gridLeft + columns * (cellWidth + Self.gap) - Self.gap
    let footerWidth = font?.width(of: selection.footer ?? "") ?? 0
    let hasFooter = footerWidth > 0
    width = max(gridRight, Self.margin + footerWidth) + Self.margin
    height = gridBottom + Self.margin + (hasFooter ? lineHeight + Self.gap : 0)
  }

  /// The upper left corner of a thumbnail.
  func corner(row: Int, column: Int) -> (x: Int, y: Int) {
    (
      gridLeft + column * (cellWidth + Self.gap),
      Self.margin + row * (cellHeight + Self.gap)
    )
  }

  /// Class names, each at the middle of its row's height, and the footer.
  func texts(font: BitmapFont) -> [Text] {
    var texts = titles.enumerated().map { row, title in
      let y = corner(row: row, column: 0).y + (cellHeight - font.cellHeight) / 2
      return Text(line: title, x: Self.margin, y: y, isFooter: false)
    }
    if let footer = selection.footer {
      let y = gridBottom + Self.margin - Self.gap
      texts.append(Text(line: footer, x: Self.margin, y: y, isFooter: true))
    }
    return texts
  }
}
