/// The sizes of thumbnails: the longer side in pixels.
package enum ThumbnailSide {
  /// Pictures of at most half this size are enlarged to this size or less.
  static let enlarged = 64
  /// Larger pictures are reduced to this size or less.
  package static let largest = 128
}

extension RGBImage {
  /// Returns the picture at a size that is easy to see and not large. Small pictures are enlarged
  /// by repeating each pixel an integer number of times, and large ones are reduced by averaging
  /// square blocks. Others are returned unchanged.
  ///
  /// - Parameter largest: pictures with a longer side are reduced to this size or less.
  package func thumbnail(largest: Int = ThumbnailSide.largest) -> RGBImage {
    let side = max(width, height, 1)
    if side > largest { return reduced(by: (side + largest - 1) / largest) }
    let factor = ThumbnailSide.enlarged / side
    return factor > 1 ? enlarged(by: factor) : self
  }

  private func enlarged(by factor: Int) -> RGBImage {
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for y in 0..<height * factor {
      for x in 0..<width * factor {
        let start = offset(x: x / factor, y: y / factor)
        result.append(contentsOf: pixels[start..<start + 3])
      }
    }
    return RGBImage(width: width * factor, height: height * factor, pixels: result)
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
