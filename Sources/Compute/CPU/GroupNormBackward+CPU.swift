import CKernels

extension GroupNormBackward: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let shape = source.shape
    let (batch, height, width, channels) = (
      shape.batch, shape.height, shape.width, shape.channels
    )
    let rowsPerChunk = max(1, GroupNorm.chunk / width)
    let chunks = (height + rowsPerChunk - 1) / rowsPerChunk
    let perImage = 2 * channels
    context.reserveScratch(batch * (chunks * perImage + perImage) * 4)

    let (x, dy, dx) = (context.pointer(source), context.pointer(gradient), context.pointer(output))
    let added = added.map(context.pointer)
    let forward = context.floats(coefficients)
    let type = source.type.kernelElement
    let rowBytes = width * channels * source.type.byteCount
    let gradientRow = gradient.shape.width * channels * gradient.type.byteCount
    let (downsampled, groups) = (downsampled, groups)
    let gradientHeight = gradient.shape.height
    let activation: Int32 = activates ? 1 : 0
    let halved: Int32 = downsampled ? 1 : 0
    precondition(gradient.type == source.type, "a gradient has its activation's type")
    precondition(output.type == source.type, "dz is kept where the result will be")

    func gradientPointer(_ image: Int, _ row: Int) -> UnsafeMutableRawPointer {
      dy + (image * gradientHeight + (downsampled ? row / 2 : row)) * gradientRow
    }
    return {
      let sums = context.scratch.assumingMemoryBound(to: Float.self)
      let affine = sums + batch * chunks * perImage
      parallel(batch * chunks) { item in
        let (image, chunk) = (item / chunks, item % chunks)
        let partial = sums + item * perImage
        partial.update(repeating: 0, count: perImage)
        let a = forward + image * 4 * channels
        for row in chunk * rowsPerChunk..<min(height, (chunk + 1) * rowsPerChunk) {
          dmpi_affine_backward_sums(
            partial, dx + (image * height + row) * rowBytes, gradientPointer(image, row),
            x + (image * height + row) * rowBytes, type, a, a + channels, a + 2 * channels,
            a + 3 * channels, activation, halved, Int64(width), Int64(channels))
        }
      }
      parallel(batch) { image in
        Self.setAffine(
          affine + image * perImage, sums: sums + image * chunks * perImage, chunks: chunks,
          coefficients: forward + image * 4 * channels, pixels: height * width, channels: channels,
          groups: groups)
      }
      parallel(batch * height) { item in
        let image = item / height
        let b = affine + image * perImage
        dmpi_affine_backward(
          dx + item * rowBytes, x + item * rowBytes, type, added.map { $0 + item * rowBytes },
          forward + image * 4 * channels, b, b + channels, Int64(width), Int64(channels))
      }
    }
  }

  /// B and D of dx = a·dz + B·x + D, for each channel.
  private static func setAffine(
    _ affine: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>, chunks: Int,
    coefficients: UnsafeMutablePointer<Float>, pixels: Int, channels: Int, groups: Int
  ) {
    let width = channels / groups
    let count = Double(width * pixels)
    for group in 0..<groups {
      let members = group * width..<(group + 1) * width
      var (s1, s2) = (0.0, 0.0)
      for c in members {
        var (dz, dzx) = (0.0, 0.0)
        for chunk in 0..<chunks {
          dz += Double(sums[chunk * 2 * channels + c])
          dzx += Double(sums[chunk * 2 * channels + channels + c])
        }
        let gamma = Double(coefficients[c]) / Double(coefficients[2 * channels + c])
        s1 += gamma * dz
        s2 += gamma * dzx
      }
      for c in members {
        let r = Double(coefficients[2 * channels + c])
        let m = Double(coefficients[3 * channels + c])
        affine[c] = Float(-r * r * s2 / count)
        affine[channels + c] = Float(-r * s1 / count - r * m * s2 / count)
      }
    }
  }
}
