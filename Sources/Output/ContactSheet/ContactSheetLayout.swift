/// The positions of everything on a contact sheet, in pixels from the upper left corner. The sheet
/// consists of groups of thumbnails, each with a title.
struct ContactSheetLayout {
  enum Titles {
    /// There is one group, without a title.
    case none
    /// Titles are to the left of the groups, which are below each other.
    case beside
    /// Titles are above the groups, which may also be side by side.
    case above
  }

  /// The side of a thumbnail, and the largest side that it may have.
  var cell: Int
  var longestSide: Int
  /// The width and height of a letter. Both are 0 if there is no font, and then no room is left for
  /// text.
  var letter: (width: Int, height: Int)
  /// The number of cells of the longest title.
  var longestTitle: Int
  var titles: Titles
  /// The number of groups, and of groups side by side.
  var groupCount: Int
  var columns = 1
  /// The largest number of images in a group, and of images side by side in it.
  var imageCount: Int
  var lineLength: Int

  private static let margin = 12
  private static let gap = 4
  /// The number of cells of a title that a group has room for: beside it, and above it.
  private static let maximumTitle = (beside: 24, above: 14)

  // MARK: - Sizes

  private var lines: Int { (imageCount + lineLength - 1) / lineLength }
  private var imagesWidth: Int { lineLength * (cell + Self.gap) - Self.gap }
  private var imagesHeight: Int { lines * (cell + Self.gap) - Self.gap }

  /// The largest number of cells of a title.
  var titleLimit: Int {
    guard titles == .above, letter.width > 0 else { return Self.maximumTitle.beside }
    return max(imagesWidth / letter.width, Self.maximumTitle.above)
  }

  private var titleWidth: Int { letter.width * min(longestTitle, titleLimit) }
  private var titleHeight: Int { letter.height > 0 ? letter.height + Self.gap / 2 : 0 }

  private var groupWidth: Int {
    switch titles {
    case .none: imagesWidth
    case .beside: (titleWidth > 0 ? titleWidth + Self.margin : 0) + imagesWidth
    case .above: max(titleWidth, imagesWidth)
    }
  }
  private var groupHeight: Int { imagesHeight + (titles == .above ? titleHeight : 0) }
  private var groupGap: Int { titles == .beside && lines == 1 ? Self.gap : Self.margin }
  var rows: Int { (groupCount + columns - 1) / columns }

  private var gridBottom: Int { Self.margin + rows * (groupHeight + groupGap) - groupGap }

  func height(footer: String?) -> Int {
    let hasFooter = footer != nil && letter.height > 0
    return gridBottom + Self.margin + (hasFooter ? letter.height + Self.gap : 0)
  }

  func width(footer: String?) -> Int {
    let grid = min(columns, groupCount) * (groupWidth + Self.margin) - Self.margin
    return max(grid, letter.width * (footer?.count ?? 0)) + 2 * Self.margin
  }

  // MARK: - Places

  /// Returns the upper left corner of the image at this place in its group.
  func corner(group: Int, place: Int) -> (x: Int, y: Int) {
    let (line, column) = place.quotientAndRemainder(dividingBy: lineLength)
    let corner = self.corner(group: group)
    let left = titles == .beside ? groupWidth - imagesWidth : 0
    let top = titles == .above ? titleHeight : 0
    return (
      corner.x + left + column * (cell + Self.gap), corner.y + top + line * (cell + Self.gap)
    )
  }

  /// Returns the upper left corner of a group's title. It is above the images or, beside them,
  /// vertically centred.
  func titleCorner(group: Int) -> (x: Int, y: Int) {
    let corner = self.corner(group: group)
    guard titles == .beside else { return corner }
    return (corner.x, corner.y + (imagesHeight - letter.height) / 2)
  }

  var footerCorner: (x: Int, y: Int) { (Self.margin, gridBottom + Self.margin - Self.gap) }

  private func corner(group: Int) -> (x: Int, y: Int) {
    let (row, column) = group.quotientAndRemainder(dividingBy: columns)
    return (
      Self.margin + column * (groupWidth + Self.margin),
      Self.margin + row * (groupHeight + groupGap)
    )
  }
}
