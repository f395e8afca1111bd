import Job
import Testing

@Suite struct PackedNumbersTests {
  /// Returns numbers below `limit` without a pattern.
  private func irregular(_ count: Int, below limit: UInt64) -> [UInt32] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt32((state >> 33) % limit)
    }
  }

  @Test(
    arguments: [0, 1, 4095, 4096, 4097, 12_288, 20_000],
    [1, 2, 256, 257, 65_536, 65_537, 1 << 31] as [UInt64])
  func `a list of any length and range contains the appended numbers`(count: Int, limit: UInt64) {
    // A base above zero, up to the largest possible number.
    let base = UInt32(UInt64(UInt32.max) + 1 - limit)
    let numbers = irregular(count, below: limit).map { base + $0 }
    let list = PackedNumbers(numbers)
    #expect(list.count == count)
    #expect((0..<count).map { list[$0] } == numbers)
    #expect(list.maximum == numbers.max() ?? 0)
  }

  @Test(
    arguments: [
      (0, 1), (7, 0), (4_294_967_295, -1), (100, 40_000), (4_294_967_295, -400), (5, -0),
    ] as [(Int, Int)])
  func `evenly rising or falling numbers take almost no memory`(first: Int, stride: Int) {
    let numbers = (0..<100_000).map { UInt32((first + stride * $0) & 0xFFFF_FFFF) }
    let list = PackedNumbers(numbers)
    #expect((0..<100_000).map { list[$0] } == numbers)
    #expect(list.byteCount < 40_000)
  }

  @Test(arguments: [(200, 1.1), (1000, 2.1), (1 << 31, 4.1)] as [(UInt64, Double)])
  func `labels of a thousand classes take two bytes each, seeds four`(limit: UInt64, bytes: Double)
  {
    let list = PackedNumbers(irregular(1_000_000, below: limit))
    #expect(Double(list.byteCount) < bytes * 1_000_000)
  }
}
