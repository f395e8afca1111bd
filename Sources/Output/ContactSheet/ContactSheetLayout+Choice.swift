/// The choice of a layout: one row per class if the sheet is not too tall for its width, and
/// otherwise classes side by side in the aspect ratio of a screen.
extension ContactSheetLayout {
  /// The content of a sheet, before it is known how much of it fits.
  struct Content {
    /// The side of the images in pixels.
    let imageSize: Int
    /// The number of classes, or 0 for images without labels.
    let classCount: Int
    /// The number of images of the largest class, or of all images if there are no labels.
    let imageCount: Int
    /// The length of the longest class name, in cells of the font.
    let longestTitle: Int
  }

  /// The largest number of images side by side in a class, and of lines of images on a sheet with
  /// few classes.
  private static let longestLine = 16
  /// The largest number of images side by side, and of lines, without labels.
  private static let largestGrid = 32
  /// The largest area of a sheet with many classes, in pixels.
  private static let largestArea = 12_000_000
  /// The aspect ratio of such a sheet, width to height.
  private static let shape = 1.6
  /// The sizes to which thumbnails are reduced. The first with room for every class is used.
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

  /// Returns a nearly square grid of all images.
  private func plainGrid(_ count: Int) -> ContactSheetLayout {
    var grid = self
    let side = Int(Double(count).squareRoot().rounded(.up))
    grid.lineLength = max(1, min(side, Self.largestGrid))
    grid.imageCount = min(count, grid.lineLength * grid.lineLength)
    return grid
  }

  /// Returns a layout with one row per class. A row has several lines if there are few classes with
  /// many images.
  private func rowsOfClasses(_ most: Int) -> ContactSheetLayout {
    var sheet = self
    sheet.titles = .beside
    let wanted = (most + Self.longestLine - 1) / Self.longestLine
    let lines = max(1, min(wanted, Self.longestLine / groupCount))
    sheet.imageCount = min(most, lines * Self.longestLine)
    sheet.lineLength = (sheet.imageCount + lines - 1) / lines
    return sheet
  }

  /// Returns a layout of all classes with as many of their images as fit, or `nil` if one image of
  /// each does not fit.
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

  /// A layout with one image of each of the first classes, as many as fit.
  private var firstClasses: ContactSheetLayout {
    var sheet = self
    sheet.titles = .above
    sheet.groupCount = min(groupCount, Self.largestArea / (cell * cell))
    while sheet.shaped.area > Self.largestArea { sheet.groupCount -= 1 + sheet.groupCount / 64 }
    return sheet.shaped
  }

  private var area: Int { width(footer: nil) * height(footer: nil) }

  /// The layout with as many groups side by side as give the sheet the aspect ratio of a screen.
  private var shaped: ContactSheetLayout {
    let candidates = (1...groupCount).lazy.map { columns in
      var sheet = self
      sheet.columns = columns
      return sheet
    }
    return candidates.min { $0.distortion < $1.distortion }!
  }

  /// The deviation from a sheet with the aspect ratio of a screen and no empty places. It is 1 for
  /// such a sheet.
  private var distortion: Double {
    let ratio = Double(width(footer: nil)) / Double(height(footer: nil)) / Self.shape
    return max(ratio, 1 / ratio) * Double(columns * rows) / Double(groupCount)
  }
}
