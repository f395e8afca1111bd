/// Converts stored elements of any type and layout to 32-bit floats.
///
/// The caller has checked that every element lies within the file. Elements may be unaligned,
/// because the legacy container puts storages at any byte.
struct ElementReader {
  private let source: UnsafeRawPointer
  private let scalarType: ScalarType

  init(_ source: UnsafeRawPointer, _ scalarType: ScalarType) {
    self.source = source
    self.scalarType = scalarType
  }

  /// Fills `output` in row-major order. Its size is the product of the shape.
  func read(shape: [Int], strides: [Int], into output: UnsafeMutableBufferPointer<Float>) {
    // The innermost dimensions that are contiguous in the file are read as one run.
    var run = 1
    var outer = shape.count
    while outer > 0, strides[outer - 1] == run || shape[outer - 1] == 1 {
      run *= shape[outer - 1]
      outer -= 1
    }
    if run == 1, outer > 0 {
      outer -= 1
      readRows(shape[..<outer], strides[..<outer], shape[outer], strides[outer], output)
    } else {
      readRows(shape[..<outer], strides[..<outer], run, 1, output)
    }
  }

  /// Reads rows of `length` elements, `step` elements apart, for every index of the outer
  /// dimensions.
  private func readRows(
    _ shape: ArraySlice<Int>, _ strides: ArraySlice<Int>, _ length: Int, _ step: Int,
    _ output: UnsafeMutableBufferPointer<Float>
  ) {
    var index = [Int](repeating: 0, count: shape.count)
    var offset = 0
    for row in stride(from: 0, to: output.count, by: length) {
      readRow(at: offset, length, step, output.baseAddress! + row)
      for dimension in shape.indices.reversed() {
        // Wrapping, because a dimension of size one may have any stride.
        index[dimension] += 1
        offset &+= strides[dimension]
        guard index[dimension] == shape[dimension] else { break }
        offset &-= strides[dimension] &* shape[dimension]
        index[dimension] = 0
      }
    }
  }

  private func readRow(
    at offset: Int, _ length: Int, _ step: Int, _ output: UnsafeMutablePointer<Float>
  ) {
    let start = source + offset * scalarType.byteCount
    switch scalarType {
    case .f16: convert(start, length, step, output, Self.float(half:))
    case .bf16: convert(start, length, step, output, Self.float(bfloat:))
    case .f32:
      if step == 1 {
        UnsafeMutableRawPointer(output).copyMemory(from: start, byteCount: length * 4)
      } else {
        convert(start, length, step, output) { (bits: UInt32) in Float(bitPattern: bits) }
      }
    case .f64:
      convert(start, length, step, output) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .i8: convert(start, length, step, output) { (value: Int8) in Float(value) }
    case .i16: convert(start, length, step, output) { (value: Int16) in Float(value) }
    case .i32: convert(start, length, step, output) { (value: Int32) in Float(value) }
    case .i64: convert(start, length, step, output) { (value: Int64) in Float(value) }
    case .u8: convert(start, length, step, output) { (value: UInt8) in Float(value) }
    case .u16: convert(start, length, step, output) { (value: UInt16) in Float(value) }
    case .u32: convert(start, length, step, output) { (value: UInt32) in Float(value) }
    case .u64: convert(start, length, step, output) { (value: UInt64) in Float(value) }
    case .bool: convert(start, length, step, output) { (value: UInt8) in value == 0 ? 0 : 1 }
    }
  }

  @inline(__always)
  private func convert<Stored: FixedWidthInteger>(
    _ source: UnsafeRawPointer, _ length: Int, _ step: Int,
    _ output: UnsafeMutablePointer<Float>, _ float: (Stored) -> Float
  ) {
    let width = MemoryLayout<Stored>.size
    if step == 1 {
      // A separate loop, so that the compiler sees a constant stride and vectorises it.
      for i in 0..<length {
        output[i] = float(source.loadUnaligned(fromByteOffset: i &* width, as: Stored.self))
      }
    } else {
      for i in 0..<length {
        output[i] = float(
          source.loadUnaligned(fromByteOffset: i &* step &* width, as: Stored.self))
      }
    }
  }

  @inline(__always)
  private static func float(bfloat bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  /// Converts IEEE half precision without branches. `Float16` would be slow: on processors without
  /// F16C, each conversion is a function call.
  @inline(__always)
  private static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff) << 13
    let exponent = magnitude & 0x0f80_0000
    // The exponent bias is 15 for a half and 127 for a float.
    let normal = magnitude &+ (112 << 23)
    let special = normal &+ (112 << 23)
    // The leading 1 of a subnormal is made explicit by an exponent, and then subtracted again.
    let subnormal =
      (Float(bitPattern: normal &+ (1 << 23)) - Float(bitPattern: 113 << 23)).bitPattern
    let value =
      exponent == 0 ? subnormal : exponent == 0x0f80_0000 ? special : normal
    return Float(bitPattern: sign | value)
  }
}
