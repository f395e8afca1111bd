/// The choice of a layout: one row a class while that looks like a sheet and not like a tower, else
/// classes side by side in the shape of a screen.
extension ContactSheetLayout {
  /// What a sheet shows, before it is known how much of it there is room for.
  struct Content {
    /// The images' side.
    let imageSize: Int
    /// Classes; 0 for images without labels.
    let classCount: Int
    /// Images of the class that has most, or all images when there are no labels.
    let imageCount: Int
    /// Letters of the longest class name.
    let longestTitle: Int
  }

  /// Images side by side in a class, and lines of images on a sheet of few classes.
  private static let longestLine = 16
  /// Images side by side, and lines of them, without labels.
  private static let largestGrid = 32
  /// Pixels of a sheet of many classes.
  private static let largestArea = 12_000_000
  /// The shape of such a sheet, width to height.
  private static let shape = 1.6
  /// The sides that thumbnails are reduced to: the first that leaves room for every class.
  private static let thumbnails = [ThumbnailSide.largest, ThumbnailSide.enlarged]

  init(_ content: Content, font: BitmapFont?) {
    let blank = ContactSheetLayout(content, largest: Self.thumbnails[0], font)
    guard content.classCount > 0 else {
      self = blank.plainGrid(content.imageCount)
      return
    }
    let rows = blank.rowsOfClasses(content.imageCount)
    if 2 * rows.height(footer: nil) <= 3 * rows.width(footer: nil) {
      self = rows
      return
    }
    let layouts = Self.thumbnails.lazy.compactMap { largest in
      ContactSheetLayout(content, largest: largest, font).sideBySide(content.imageCount)
    }
    self =
      layouts.first
      ?? ContactSheetLayout(content, largest: Self.thumbnails.last!, font).firstClasses
  }

  private init(_ content: Content, largest: Int, _ font: BitmapFont?) {
    let side = content.imageSize
    cell = RGBImage(width: side, height: side, grey: 0).thumbnail(largest: largest).width
    longestSide = largest
    letter = (font?.cellWidth ?? 0, font?.cellHeight ?? 0)
    longestTitle = content.longestTitle
    titles = .none
    groupCount = max(content.classCount, 1)
    imageCount = 1
    lineLength = 1
  }

  /// All images in as good as a square.
  private func plainGrid(_ count: Int) -> ContactSheetLayout {
    var grid = self
    let side = Int(Double(count).squareRoot().rounded(.up))
    grid.lineLength = max(1, min(side, Self.largestGrid))
    grid.imageCount = min(count, grid.lineLength * grid.lineLength)
    return grid
  }

  /// A row a class, of several lines where there are few classes of many images.
  private func rowsOfClasses(_ most: Int) -> ContactSheetLayout {
    var sheet = self
    sheet.titles = .beside
    let wanted = (most + Self.longestLine - 1) / Self.longestLine
    let lines = max(1, min(wanted, Self.longestLine / groupCount))
    sheet.imageCount = min(most, lines * Self.longestLine)
    sheet.lineLength = (sheet.imageCount + lines - 1) / lines
    return sheet
  }

  /// All classes with as many of their images as there is room for, if there is room for one.
  private func sideBySide(_ most: Int) -> ContactSheetLayout? {
    for count in stride(from: min(most, Self.longestLine), to: 0, by: -1)
    where groupCount <= Self.largestArea / (count * cell * cell) {
      var sheet = self
      sheet.titles = .above
      sheet.imageCount = count
      sheet.lineLength = count
      sheet = sheet.shaped
      if sheet.area <= Self.largestArea { return sheet }
    }
    return nil
  }

  /// One image of as many classes as there is room for.
  private var firstClasses: ContactSheetLayout {
    var sheet = self
    sheet.titles = .above
    sheet.groupCount = min(groupCount, Self.largestArea / (cell * cell))
    while sheet.shaped.area > Self.largestArea { sheet.groupCount -= 1 + sheet.groupCount / 64 }
    return sheet.shaped
  }

  private var area: Int { width(footer: nil) * height(footer: nil) }

  /// With so many groups side by side that the sheet has the shape of a screen.
  private var shaped: ContactSheetLayout {
    let candidates = (1...groupCount).lazy.map { columns in
      var sheet = self
      sheet.columns = columns
      return sheet
    }
    return candidates.min { $0.distortion < $1.distortion }!
  }

  /// How far it is from the shape of a screen without empty places.
  private var distortion: Double {
    let ratio = Double(width(footer: nil)) / Double(height(footer: nil)) / Self.shape
    return max(ratio, 1 / ratio) * Double(columns * rows) / Double(groupCount)
  }
}
