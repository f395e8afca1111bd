import Messaging
import Testing

@Suite struct PlacementTests {
  private func placements(_ hostsAndMasks: [String]) -> [Placement] {
    hostsAndMasks.map { text in
      let parts = text.split(separator: " ").map(String.init)
      return Placement(host: parts[0], mask: parts.count > 1 ? parts[1] : "")
    }
  }

  @Test(
    "a rank gets its share of the processors of its mask, and one at least",
    arguments: [
      (["a 3"], [2]),
      (["a 3", "a 3"], [1, 1]),
      (["a 3", "a 3", "a 3"], [1, 1, 1]),
      (["a ff", "b ff"], [8, 8]),
      (["a ff", "a ff", "b ff"], [4, 4, 8]),
      (["a f", "a f0"], [4, 4]),
      (["a 00000001,ffffffff"], [33]),
      (["a ff", "a ff", "a ff"], [2, 2, 2]),
      (["a"], [1]),
    ])
  func share(hostsAndMasks: [String], threads: [Int]) {
    let all = placements(hostsAndMasks)
    #expect(all.indices.map { Placement.threadShare(of: $0, in: all) } == threads)
  }

  @Test("this process may use a processor of a host with a name")
  func here() {
    #expect(!Placement.current.host.isEmpty)
    #expect(Placement.current.mask.contains { $0 != "0" && $0 != "," })
  }
}
