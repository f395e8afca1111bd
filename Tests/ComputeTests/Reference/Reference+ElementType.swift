import Compute

extension Reference {
  /// Returns the upper half of a float's bits, rounded to nearest, ties to even. NaN stays NaN.
  static func bfloat16(_ x: Float) -> UInt16 {
    if x.isNaN { return 0x7fc0 }
    let (upper, lower) = (UInt16(x.bitPattern >> 16), x.bitPattern & 0xffff)
    let roundsUp = lower > 0x8000 || (lower == 0x8000 && upper % 2 == 1)
    return roundsUp ? upper + 1 : upper
  }

  static func float(bfloat16 bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  /// Returns `x` rounded to `type`.
  static func rounded(_ x: Float, to type: ElementType) -> Float {
    type == .f32 ? x : float(bfloat16: bfloat16(x))
  }
}
