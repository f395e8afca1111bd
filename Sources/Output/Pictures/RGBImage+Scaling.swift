extension RGBImage {
  /// Returns the picture with its longer side scaled to `side` pixels. Pictures are enlarged by
  /// repeating pixels, so they are never blurred, and reduced by averaging the area of each pixel.
  package func scaled(toSide side: Int) -> RGBImage {
    let newSize = size.scaled(toSide: side)
    guard newSize != size else { return self }
    return newSize.width < width || newSize.height < height
      ? averaged(newSize.width, newSize.height) : repeated(newSize.width, newSize.height)
  }

  /// Returns the picture enlarged by repeating pixels.
  func repeated(_ newWidth: Int, _ newHeight: Int) -> RGBImage {
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * 3)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let start = offset(x: x * width / newWidth, y: y * height / newHeight)
        result.append(contentsOf: pixels[start..<start + 3])
      }
    }
    return RGBImage(width: newWidth, height: newHeight, pixels: result)
  }

  private func averaged(_ newWidth: Int, _ newHeight: Int) -> RGBImage {
    let columns = (0..<newWidth).map { Coverage($0, of: newWidth, over: width) }
    let rows = (0..<newHeight).map { Coverage($0, of: newHeight, over: height) }
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * 3)
    for row in rows {
      for column in columns {
        var sums = (0, 0, 0)
        for (y, yWeight) in row.weights {
          for (x, xWeight) in column.weights {
            let (place, weight) = (offset(x: x, y: y), xWeight * yWeight)
            sums.0 += weight * Int(pixels[place])
            sums.1 += weight * Int(pixels[place + 1])
            sums.2 += weight * Int(pixels[place + 2])
          }
        }
        // The weights of a pixel add up to this.
        let whole = width * height
        result += [sums.0, sums.1, sums.2].map { UInt8(($0 + whole / 2) / whole) }
      }
    }
    return RGBImage(width: newWidth, height: newHeight, pixels: result)
  }
}

extension ImageSize {
  var longerSide: Int { max(width, height) }

  /// Returns the size with the same aspect ratio whose longer side is `side`.
  func scaled(toSide side: Int) -> ImageSize {
    ImageSize(
      width: max(1, width * side / longerSide), height: max(1, height * side / longerSide))
  }
}

/// The old pixels that a new pixel covers in one direction, and how much of each, in units of one
/// over the number of new pixels.
private struct Coverage {
  let weights: [(pixel: Int, weight: Int)]

  init(_ pixel: Int, of newCount: Int, over count: Int) {
    let (start, end) = (pixel * count, (pixel + 1) * count)
    weights = (start / newCount...(end - 1) / newCount).map { old in
      (old, min(end, (old + 1) * newCount) - max(start, old * newCount))
    }
  }
}
