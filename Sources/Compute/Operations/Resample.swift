/// A change of size by two without weights: nearest neighbour up, mean of 2×2 pixels down.
struct Resample: Operation {
  enum Direction { case up, down }

  let source: Value
  let direction: Direction
  /// The factor of the result of `up`. With ¼ it is the gradient of `down`.
  let scale: Float
  let output: Value

  var summary: String { "resample \(direction)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

extension Graph {
  package func upsampled(_ source: Value, scale: Float = 1) -> Value {
    var shape = source.shape
    (shape.height, shape.width) = (2 * shape.height, 2 * shape.width)
    let output = value(shape, source.type)
    append(Resample(source: source, direction: .up, scale: scale, output: output))
    return output
  }

  package func downsampled(_ source: Value) -> Value {
    var shape = source.shape
    (shape.height, shape.width) = (shape.height / 2, shape.width / 2)
    let output = value(shape, source.type)
    append(Resample(source: source, direction: .down, scale: 1, output: output))
    return output
  }
}
