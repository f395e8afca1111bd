/// The sizes of thumbnails: the longer side in pixels.
package enum ThumbnailSide {
  /// Pictures of at most half this size are enlarged to this size or less.
  static let enlarged = 64
  /// Larger pictures are reduced to this size or less.
  package static let largest = 128

  /// Returns the side of the thumbnail of a square picture.
  package static func of(_ side: Int) -> Int {
    guard side > largest else { return side * max(enlargement(of: side), 1) }
    let factor = reduction(of: side, to: largest)
    return (side + factor - 1) / factor
  }

  /// Returns how many pixels of a large picture become one.
  static func reduction(of side: Int, to largest: Int) -> Int { (side + largest - 1) / largest }

  /// Returns how often each pixel of a small picture is repeated. It is 0 for large pictures.
  static func enlargement(of side: Int) -> Int { enlarged / side }
}

extension RGBImage {
  /// Returns the picture at a size that is easy to see and not large. Small pictures are enlarged
  /// by repeating each pixel an integer number of times, and large ones are reduced by averaging
  /// square blocks. Others are returned unchanged.
  ///
  /// - Parameter largest: pictures with a longer side are reduced to this size or less.
  package func thumbnail(largest: Int = ThumbnailSide.largest) -> RGBImage {
    let side = max(width, height, 1)
    if side > largest { return reduced(by: ThumbnailSide.reduction(of: side, to: largest)) }
    let factor = ThumbnailSide.enlargement(of: side)
    return factor > 1 ? repeated(width * factor, height * factor) : self
  }

  /// Returns the picture with each square block of `factor` × `factor` pixels averaged to one.
  func reduced(by factor: Int) -> RGBImage {
    let newWidth = (width + factor - 1) / factor
    let newHeight = (height + factor - 1) / factor
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * 3)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let columns = x * factor..<min((x + 1) * factor, width)
        let rows = y * factor..<min((y + 1) * factor, height)
        for channel in 0..<3 {
          result.append(mean(columns: columns, rows: rows, channel: channel))
        }
      }
    }
    return RGBImage(width: newWidth, height: newHeight, pixels: result)
  }

  /// Returns the rounded mean of one channel over a block, which must not be empty.
  private func mean(columns: Range<Int>, rows: Range<Int>, channel: Int) -> UInt8 {
    var sum = 0
    for y in rows {
      for x in columns {
        sum += Int(pixels[offset(x: x, y: y) + channel])
      }
    }
    let count = columns.count * rows.count
    return UInt8((sum + count / 2) / count)
  }
}
