import CKernels

extension GroupNorm: CPUOperation {
  /// The number of pixels that are summed in f32 before the sums are accumulated in f64. It is
  /// fixed, so that the result does not depend on the threads.
  static let chunk = 256

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (gamma, beta) = (try context.floats(scale), try context.floats(shift))
    let source = sources[0].shape
    let chunks = (source.pixels + Self.chunk - 1) / Self.chunk
    let (batch, channels) = (source.batch, channels)
    context.reserveScratch(batch * chunks * 2 * channels * 4)
    let coefficients = context.floats(coefficients)
    let views = sourceViews(context)
    return {
      let sums = context.scratch.assumingMemoryBound(to: Float.self)
      parallel(batch * chunks) { item in
        let (image, chunk) = (item / chunks, item % chunks)
        let first = chunk * Self.chunk
        for view in views {
          dmpi_channel_sums(
            sums + item * 2 * channels + 2 * view.firstChannel,
            view.pixel(image, first), view.type, view.pixel(image, 0),
            Int64(min(Self.chunk, source.pixels - first)), Int64(view.channels))
        }
      }
      parallel(batch) { image in
        setCoefficients(
          coefficients + image * 4 * channels, sums: sums + image * chunks * 2 * channels,
          chunks: chunks, image: image, views: views, gamma: gamma, beta: beta, context)
      }
      apply(views, coefficients, context)
    }
  }

  /// One source in the form that the kernels take.
  private struct SourceView {
    let base: UnsafeMutableRawPointer
    let value: Value
    let firstChannel: Int

    var channels: Int { value.shape.channels }
    var type: dmpi_element { value.type.kernelElement }

    func pixel(_ image: Int, _ pixel: Int) -> UnsafeMutableRawPointer {
      base + (image * value.shape.pixels + pixel) * channels * value.type.byteCount
    }

    func element(_ image: Int, channel: Int) -> Double {
      let pixel = pixel(image, 0)
      if value.type == .f32 { return Double(pixel.assumingMemoryBound(to: Float.self)[channel]) }
      let bits = pixel.assumingMemoryBound(to: UInt16.self)[channel]
      return Double(Float(bitPattern: UInt32(bits) << 16))
    }
  }

  private func sourceViews(_ context: CompileContext) -> [SourceView] {
    var first = 0
    return sources.map { value in
      defer { first += value.shape.channels }
      return SourceView(base: context.pointer(value), value: value, firstChannel: first)
    }
  }

  /// Computes a, b, r and m from the sums of x−p and (x−p)², where p is the first pixel of each
  /// channel.
  private func setCoefficients(
    _ row: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>, chunks: Int, image: Int,
    views: [SourceView], gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>,
    _ context: CompileContext
  ) {
    let channels = channels
    let width = channels / groups
    let pixels = Double(sources[0].shape.pixels)
    var (sum, squares, channel) = (0.0, 0.0, 0)
    for view in views {
      for c in 0..<view.channels {
        var (d, dd) = (0.0, 0.0)
        for chunk in 0..<chunks {
          let partial = sums + chunk * 2 * channels + 2 * view.firstChannel
          d += Double(partial[c])
          dd += Double(partial[view.channels + c])
        }
        let pivot = view.element(image, channel: c) + bias(image, channel, context)
        sum += d + pixels * pivot
        squares += dd + 2 * pivot * d + pixels * pivot * pivot
        channel += 1
        if channel % width == 0 {
          let count = Double(width) * pixels
          let mean = sum / count
          let variance = max(0, squares / count - mean * mean)
          let reciprocal = 1 / (variance + epsilon).squareRoot()
          for k in channel - width..<channel {
            let modulated = modulate(image, k, gamma: gamma[k], beta: beta[k], context)
            let offset = bias(image, k, context) - mean
            row[k] = Float(reciprocal * modulated.scale)
            row[channels + k] = Float(offset * reciprocal * modulated.scale + modulated.shift)
            row[2 * channels + k] = Float(reciprocal)
            row[3 * channels + k] = Float(offset * reciprocal)
          }
          (sum, squares) = (0, 0)
        }
      }
    }
  }

  private func bias(_ image: Int, _ channel: Int, _ context: CompileContext) -> Double {
    guard case .bias(let rows, let offset) = modulation else { return 0 }
    return Double(context.floats(rows)[image * rows.shape.channels + offset + channel])
  }

  private func modulate(
    _ image: Int, _ channel: Int, gamma: Float, beta: Float, _ context: CompileContext
  ) -> (scale: Double, shift: Double) {
    guard case .scaleShift(let rows, let offset) = modulation else {
      return (Double(gamma), Double(beta))
    }
    let row = context.floats(rows) + image * rows.shape.channels + offset
    let (scale, shift) = (1 + Double(row[channel]), Double(row[channels + channel]))
    return (Double(gamma) * scale, Double(beta) * scale + shift)
  }

  private func apply(
    _ views: [SourceView], _ coefficients: UnsafeMutablePointer<Float>, _ context: CompileContext
  ) {
    let shape = sources[0].shape
    let (width, stride) = (shape.width, Int64(channels))
    let rows = resampling == .down ? shape.height / 2 : shape.height
    let (to, outputBase) = (output.type.kernelElement, context.pointer(output))
    parallel(shape.batch * rows) { item in
      let (image, row) = (item / rows, item % rows)
      for view in views {
        let a = coefficients + image * 4 * channels + view.firstChannel
        let b = a + channels
        func destination(row: Int) -> UnsafeMutableRawPointer {
          let pixel = (image * output.shape.height + row) * output.shape.width
          return outputBase + (pixel * channels + view.firstChannel) * output.type.byteCount
        }
        switch resampling {
        case .none:
          dmpi_affine(
            destination(row: row), to, stride, view.pixel(image, row * width), view.type, a, b,
            activates ? 1 : 0, Int64(width), Int64(view.channels))
        case .up:
          dmpi_affine_upsample(
            destination(row: 2 * row), to, stride, view.pixel(image, row * width), view.type, a, b,
            activates ? 1 : 0, Int64(width), Int64(view.channels))
        case .down:
          dmpi_affine_downsample(
            destination(row: row), to, stride, view.pixel(image, 2 * row * width), view.type, a, b,
            activates ? 1 : 0, Int64(width), Int64(view.channels))
        }
      }
    }
  }
}
