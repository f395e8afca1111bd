import CKernels

extension LogLikelihoodGradient: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (z, y, g) = (context.floats(logits), context.floats(labels), context.floats(output))
    let (batch, classes) = (logits.shape.batch, logits.shape.channels)
    return {
      for image in 0..<batch {
        let row = g + image * classes
        var reciprocal: Float = 0
        dmpi_softmax(
          row, DMPI_ELEMENT_F32, &reciprocal, z + image * classes, 1, 1, Int64(classes))
        for k in 0..<classes { row[k] *= -reciprocal }
        row[Int(y[image])] += 1
      }
    }
  }
}
