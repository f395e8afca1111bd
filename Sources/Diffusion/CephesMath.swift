// Moshier's Cephes single-precision functions, with the fused multiply-adds of torch's AVX2
// kernels: libm's own differ in the last bit of every sixth value.

/// The elementary functions that torch's randn is made of, to its last bit.
enum CephesMath {
  /// ln x of a positive normal number.
  static func log(_ x: Float) -> Float {
    // x = m · 2^e with m in [√½, √2).
    var exponent = Float(Int32(bitPattern: x.bitPattern >> 23) - 126)
    var m = Float(bitPattern: x.bitPattern & 0x807F_FFFF | 0x3F00_0000)
    if m < 0.707_106_781_186_547_524 {
      exponent -= 1
      m += m
    }
    m -= 1

    let square = m * m
    var y: Float = 7.0376836292E-2
    y = (-1.1514610310E-1 as Float).addingProduct(y, m)
    y = (1.1676998740E-1 as Float).addingProduct(y, m)
    y = (-1.2420140846E-1 as Float).addingProduct(y, m)
    y = (1.4249322787E-1 as Float).addingProduct(y, m)
    y = (-1.6668057665E-1 as Float).addingProduct(y, m)
    y = (2.0000714765E-1 as Float).addingProduct(y, m)
    y = (-2.4999993993E-1 as Float).addingProduct(y, m)
    y = (3.3333331174E-1 as Float).addingProduct(y, m)
    // ln 2 in two parts, the second exact in few bits.
    y = (exponent * -2.12194440e-4).addingProduct(y * m, square)
    y = y.addingProduct(-0.5, square)
    return (m + y).addingProduct(exponent, 0.693359375)
  }

  /// sin x and cos x of an x from 0 through 8192.
  static func sineAndCosine(_ x: Float) -> (sine: Float, cosine: Float) {
    // Octants, rounded up to even ones: x = octant · π/4 + r with |r| ≤ π/4.
    let octant = (Int32(x * 1.27323954473516) + 1) & ~1
    let turns = Float(octant)
    var r = x.addingProduct(turns, -0.78515625)
    r = r.addingProduct(turns, -2.4187564849853515625e-4)
    r = r.addingProduct(turns, -3.77489497744594108e-8)

    let square = r * r
    var c: Float = 2.443315711809948E-5
    c = (-1.388731625493765E-3 as Float).addingProduct(c, square)
    c = (4.166664568298827E-2 as Float).addingProduct(c, square)
    c = (-0.5 * square).addingProduct(c * square, square) + 1
    var s: Float = -1.9515295891E-4
    s = (8.3321608736E-3 as Float).addingProduct(s, square)
    s = (-1.6666654611E-1 as Float).addingProduct(s, square)
    s = r.addingProduct(s * square, r)

    let isSwapped = octant & 2 != 0
    let sine = isSwapped ? c : s
    let cosine = isSwapped ? s : c
    return (
      octant & 4 == 0 ? sine : -sine,
      (octant &+ 2) & 4 == 0 ? cosine : -cosine
    )
  }
}
