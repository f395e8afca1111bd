/// The rows of a table that are nearest to the pixels: vector quantisation (van den Oord, Vinyals and
/// Kavukcuoglu 2017, "Neural Discrete Representation Learning").
///
/// source [N, H, W, D] → output [N, H, W, D], f32. Of equally near codes, the first is taken.
struct NearestCodes: Operation {
  let source: Value
  /// [codes, D]
  let table: Parameter
  let output: Value

  var summary: String { "nearest of \(table.shape[0]) codes (\(table.name))" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
  var flops: Double { 3 * Double(source.shape.count) * Double(table.shape[0]) }
}

extension Graph {
  /// Returns the code nearest to each pixel of `source`, which is f32. `table` is [codes, channels].
  package func nearestCodes(_ source: Value, table: Parameter) -> Value {
    precondition(
      source.type == .f32 && table.shape.count == 2 && table.shape[0] > 0
        && table.shape[1] == source.shape.channels,
      "\(table.name) \(table.shape) has no codes for \(source.shape)")
    let output = value(source.shape, .f32)
    append(NearestCodes(source: source, table: table, output: output))
    return output
  }
}
