import CKernels

extension Rotation: CPUOperation {
  /// The number of tokens that one thread rotates at a time.
  private static let tokensAtOnce = 16

  var constantBytes: Int { 8 * cosines.shape.reduce(1, *) }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (shape, type, width) = (output.shape, output.type, cosines.shape[1])
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (cosines, sines) = (try context.floats(cosines), try context.floats(sines))
    let rotated = rotatedChannels
    return {
      parallelPixels(shape, Self.tokensAtOnce) { image, tokens in
        for token in tokens {
          let first = (image * shape.pixels + token) * shape.channels * type.byteCount
          dmpi_rotate(
            to + first, type.kernelElement, from + first, cosines + token * width,
            sines + token * width, Int64(width), Int64(rotated), Int64(shape.channels))
        }
      }
    }
  }
}
