extension RGBImage {
  /// A picture of grey tones, [height][width].
  init(width: Int, height: Int, greys: some Collection<UInt8>) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(greys.count * 3)
    for grey in greys { pixels.append(contentsOf: repeatElement(grey, count: 3)) }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The brightness of each pixel, [height][width]: ITU-R 601's weights in 65536ths and rounded, to
  /// the bit what Pillow's `convert("L")` gives (its L24 in Convert.c).
  var luma: [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { place in
      var sum: UInt32 = 0x8000
      sum += 19595 * UInt32(pixels[place])
      sum += 38470 * UInt32(pixels[place + 1])
      sum += 7471 * UInt32(pixels[place + 2])
      return UInt8(sum >> 16)
    }
  }
}
