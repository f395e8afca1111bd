/// residual + gate·source, with a gate for each channel of each image.
struct GatedSum: Operation {
  let residual: Value
  /// [N, H, W, C], of any type
  let source: Value
  /// [N, 1, 1, ≥ offset + C], f32
  let rows: Value
  /// The first channel of the gates in `rows`.
  let offset: Int
  let output: Value

  var summary: String { "gated sum \(output.shape.channels)" }
  var inputs: [Value] { [residual, source, rows] }
  var outputs: [Value] { [output] }
  var replacement: (old: Value, new: Value)? { residual == source ? nil : (residual, output) }
}

/// source + row of each image, at every pixel.
struct AddedRows: Operation {
  let source: Value
  /// [N, 1, 1, C], f32
  let rows: Value
  let output: Value

  var summary: String { "added rows \(output.shape.channels)" }
  var inputs: [Value] { [source, rows] }
  var outputs: [Value] { [output] }
  var replacement: (old: Value, new: Value)? { (source, output) }
}

/// source + table, the same for every image.
struct AddedConstant: Operation {
  let source: Value
  /// [1, H, W, C]
  let table: Parameter
  let output: Value

  var summary: String { "added constant (\(table.name))" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
  var replacement: (old: Value, new: Value)? { (source, output) }
}

extension Graph {
  /// Returns residual + gate·source, with the type of `residual`. The gates of an image begin at
  /// `offset` in its row of `rows`.
  package func gatedSum(
    _ residual: Value, _ source: Value, rows: Value, offset: Int
  ) -> Value {
    precondition(
      source.shape == residual.shape
        && rows.shape.channels >= offset + source.shape.channels,
      "\(source.shape) gated by \(rows.shape) from \(offset) on is no part of \(residual.shape)")
    let output = value(residual.shape, residual.type)
    append(
      GatedSum(residual: residual, source: source, rows: rows, offset: offset, output: output))
    return output
  }

  /// Returns `residual` plus the row of each image at every pixel. `rows` is [N, 1, 1, C], f32.
  package func addRows(_ residual: Value, _ rows: Value) -> Value {
    precondition(
      rows.shape == Shape(batch: residual.shape.batch, channels: residual.shape.channels),
      "\(rows.shape) are not the rows of \(residual.shape)")
    let output = value(residual.shape, residual.type)
    append(AddedRows(source: residual, rows: rows, output: output))
    return output
  }

  /// Returns `source` plus `table` [1, H, W, C], which is the same for every image, such as an
  /// embedding of positions.
  package func addConstant(_ source: Value, _ table: Parameter) -> Value {
    let shape = source.shape
    precondition(
      table.shape == [1, shape.height, shape.width, shape.channels],
      "\(table.name) \(table.shape) does not match \(shape)")
    let output = value(shape, source.type)
    append(AddedConstant(source: source, table: table, output: output))
    return output
  }
}
