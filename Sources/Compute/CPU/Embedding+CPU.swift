import Foundation

extension TimestepEmbedding: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (t, row) = (context.floats(timesteps), context.floats(output))
    let (batch, channels) = (output.shape.batch, output.shape.channels)
    let half = channels / 2
    let frequencies = (0..<half).map { i in
      Float(exp(Double(-Float(log(10000.0)) * Float(i) / Float(half - sinusoids.shift))))
    }
    let (cosines, sines) = sinusoids.sinesFirst ? (half, 0) : (0, half)
    return {
      for image in 0..<batch {
        for i in 0..<half {
          let angle = t[image] * frequencies[i]
          row[image * channels + cosines + i] = cos(angle)
          row[image * channels + sines + i] = sin(angle)
        }
        if channels % 2 == 1 { row[(image + 1) * channels - 1] = 0 }
      }
    }
  }
}

extension LabelEmbedding: CPUOperation {
  var constantBytes: Int { 4 * table.shape.reduce(1, *) }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let rows = try context.floats(table)
    let (labels, destination) = (context.floats(labels), context.floats(output))
    let (batch, channels, classes) = (output.shape.batch, output.shape.channels, table.shape[0])
    return {
      for image in 0..<batch {
        let label = Int(labels[image])
        precondition((0..<classes).contains(label), "label \(label) of \(classes) classes")
        (destination + image * channels).update(from: rows + label * channels, count: channels)
      }
    }
  }
}
