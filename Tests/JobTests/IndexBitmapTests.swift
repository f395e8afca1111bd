import Job
import Testing

@Suite struct IndexBitmapTests {
  @Test(arguments: [1, 63, 64, 65, 1000])
  func `the set contains exactly the inserted numbers`(capacity: Int) {
    var set = IndexBitmap(capacity: capacity)
    let chosen = (0..<capacity).filter { $0 % 3 == 0 || $0 == capacity - 1 }
    #expect(chosen.map { set.insert($0) }.allSatisfy { $0 })
    #expect(!chosen.map { set.insert($0) }.contains(true))
    #expect(set.count == chosen.count)
    #expect((0..<capacity).filter(set.contains) == chosen)
    #expect(chosen.map { set.remove($0) }.allSatisfy { $0 })
    #expect(!chosen.map { set.remove($0) }.contains(true))
    #expect(set == IndexBitmap(capacity: capacity))
  }

  @Test(arguments: [1, 63, 64, 65, 200])
  func `the missing images are found in order`(capacity: Int) {
    var set = IndexBitmap(capacity: capacity)
    for index in 0..<capacity where index % 7 != 2 { set.insert(index) }
    var found: [Int] = []
    while let index = set.firstMissing(from: (found.last ?? -1) + 1) { found.append(index) }
    #expect(found == (0..<capacity).filter { $0 % 7 == 2 })
    for index in found { set.insert(index) }
    #expect(set.firstMissing() == nil)
  }

  @Test(arguments: [1, 3, 64, 1000])
  func `the images come in order, in chunks of the requested size`(size: Int) {
    var set = IndexBitmap(capacity: 300)
    let images = Array(stride(from: 2, to: 300, by: 7))
    for image in images.reversed() { set.insert(image) }
    let chunks = Array(set.chunks(of: size))
    #expect(chunks.flatMap { $0 } == images)
    #expect(chunks.dropLast().allSatisfy { $0.count == size })
    #expect(Array(IndexBitmap(capacity: 300).chunks(of: size)).isEmpty)
  }

  @Test(arguments: [(5, 6), (60, 200), (64, 128), (1000, 1065)])
  func `a set over a range contains only indices of that range`(bounds: (lower: Int, upper: Int)) {
    let range = bounds.lower..<bounds.upper
    var set = IndexBitmap(indices: range)
    #expect(set.capacity == range.count && set.firstMissing() == bounds.lower)
    for index in range where index % 3 != 1 { set.insert(index) }
    var found: [Int] = []
    while let index = set.firstMissing(from: found.last.map { $0 + 1 }) { found.append(index) }
    #expect(found == range.filter { $0 % 3 == 1 })
    #expect(set.chunks(of: 7).flatMap { $0 } == range.filter { $0 % 3 != 1 })
    for index in found { set.insert(index) }
    #expect(set.count == range.count && set.firstMissing() == nil)
  }
}
