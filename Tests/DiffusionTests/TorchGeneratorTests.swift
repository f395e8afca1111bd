import Diffusion
import Testing

@Suite struct TorchGeneratorTests {
  @Test(arguments: cases)
  func `consecutive draws from one generator equal torch's randn, bit for bit`(
    _ expected: NoiseCase
  ) {
    var generator = TorchGenerator(seed: expected.seed)
    for draw in expected.draws {
      let values = generator.normals(count: expected.size)
      #expect(Array(values.prefix(draw.first.count)) == draw.first)
      #expect(Array(values.suffix(draw.last.count)) == draw.last)
      // Only the first and last values are compared directly. The sums reveal any other wrong
      // value.
      let sum = values.reduce(0) { $0 + Double($1) }
      let sumOfSquares = values.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(sum - draw.sum) <= 1e-9)
      #expect(abs(sumOfSquares - draw.sumOfSquares) <= 1e-9)
    }
  }

  @Test(arguments: [0, 7, 0xFFFF_FFFB] as [UInt64])
  func `only the low 32 bits of a seed count`(seed: UInt64) {
    var low = TorchGenerator(seed: seed)
    var high = TorchGenerator(seed: seed | 0xABCD_0123 << 32)
    #expect(low.normals(count: 48) == high.normals(count: 48))
  }
}

private let cases = Fixtures.decode([String: [NoiseCase]].self, from: "noise.json")["cases"]!

/// The first and last values and the sums of torch's draws from one seed.
struct NoiseCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Draw: Decodable, Sendable {
    let first: [Float]
    let last: [Float]
    let sum: Double
    let sumOfSquares: Double
  }
  let seed: UInt64
  let size: Int
  let draws: [Draw]

  var testDescription: String { "seed \(seed), \(size) elements" }
}

extension TorchGenerator {
  /// Returns the next draw as an array.
  mutating func normals(count: Int) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { fillNormal($0) }
    return values
  }
}
