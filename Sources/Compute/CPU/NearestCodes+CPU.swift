import CKernels

extension NearestCodes: CPUOperation {
  private static let codesInBlock = 16
  /// The number of pixels that one thread processes at a time.
  private static let pixelsAtOnce = 16

  private var blocks: Int { (table.shape[0] + Self.codesInBlock - 1) / Self.codesInBlock }

  var constantBytes: Int { 4 * blocks * Self.codesInBlock * table.shape[1] }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (from, to) = (context.floats(source), context.floats(output))
    let (codes, channels) = (table.shape[0], table.shape[1])
    let packed = try packedCodes(context)
    return {
      parallel(source.shape.batch * source.shape.pixels, grain: Self.pixelsAtOnce) { part in
        let first = part.lowerBound * channels
        dmpi_nearest_codes(
          to + first, from + first, packed, Int64(codes), Int64(part.count), Int64(channels))
      }
    }
  }

  /// Returns the codes in blocks of sixteen, each [channels × 16].
  private func packedCodes(_ context: CompileContext) throws -> UnsafePointer<Float> {
    let (channels, width) = (table.shape[1], Self.codesInBlock)
    return try context.constant("\(table.name) in blocks", byteCount: constantBytes) { bytes in
      let packed = bytes.assumingMemoryBound(to: Float.self)
      packed.update(repeating: .infinity, count: constantBytes / 4)
      for (index, element) in try table.load().elements.enumerated() {
        let (code, channel) = index.quotientAndRemainder(dividingBy: channels)
        packed[(code / width * channels + channel) * width + code % width] = element
      }
    }.assumingMemoryBound(to: Float.self)
  }
}
