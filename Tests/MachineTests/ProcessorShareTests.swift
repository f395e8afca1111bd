import Machine
import Testing

@Suite struct ProcessorShareTests {
  /// Parses a rank's host, the cores of its mask and its quota, such as `a 0,4 1,5 quota 2`.
  private func placements(_ ranks: [String]) throws -> [Placement] {
    try ranks.map { text in
      var words = text.split(separator: " ")
      let host = String(words.removeFirst())
      var quota: Double?
      if let place = words.firstIndex(of: "quota") {
        quota = try #require(Double(words[place + 1])) as Double
        words.removeSubrange(place...)
      }
      let cores = try words.map { try $0.split(separator: ",").map { try #require(Int($0)) } }
      return Placement(host: host, cores: cores, quota: quota)
    }
  }

  @Test(arguments: [
    (["a 0 1"], [[0, 1]]),
    (["a 0 1", "a 0 1"], [[0], [1]]),
    (["a 0 1 2 3", "a 0 1 2 3"], [[0, 1], [2, 3]]),
    (["a 0 1 2 3", "b 0 1 2 3"], [[0, 1, 2, 3], [0, 1, 2, 3]]),
    // Hosts that alternate, as with mpirun --map-by node.
    (["a 0 1", "b 0 1", "a 0 1", "b 0 1"], [[0], [0], [1], [1]]),
    // A different mask for each rank, as with mpirun --bind-to core.
    (["a 0", "a 1"], [[0], [1]]),
    (["a 0 1", "a 2 3", "a 0 1"], [[0], [2, 3], [1]]),
    // Gaps in the mask.
    (["a 1 4 5 9", "a 1 4 5 9"], [[1, 4], [5, 9]]),
    // A remainder is left over.
    (["a 0 1 2 3 4", "a 0 1 2 3 4"], [[0, 1], [2, 3]]),
    (["a 0"], [[0]]),
  ])
  func `ranks of a host with the same mask divide it in order, as evenly as possible`(
    ranks: [String], processors: [[Int]]
  ) throws {
    let shares = ProcessorShare.all(of: try placements(ranks))
    #expect(shares.map(\.processors) == processors)
    #expect(shares.map(\.threads) == processors.map(\.count))
  }

  @Test(arguments: [
    (["a 0,4 1,5 2,6 3,7"], [[0, 1, 2, 3, 4, 5, 6, 7]]),
    (Array(repeating: "a 0,4 1,5 2,6 3,7", count: 2), [[0, 1, 4, 5], [2, 3, 6, 7]]),
    (Array(repeating: "a 0,4 1,5 2,6 3,7", count: 3), [[0, 4], [1, 5], [2, 6]]),
    (Array(repeating: "a 0,4 1,5 2,6 3,7", count: 4), [[0, 4], [1, 5], [2, 6], [3, 7]]),
    (Array(repeating: "a 0,4 1,5 2,6 3,7", count: 5), [[0], [1], [2], [3], [4]]),
    // A mask with only a part of a core.
    (Array(repeating: "a 0,4 1", count: 2), [[0, 4], [1]]),
    (Array(repeating: "a 0,4 1", count: 3), [[0], [1], [4]]),
  ])
  func `ranks get whole cores if there are enough, and the first thread of each core first`(
    ranks: [String], processors: [[Int]]
  ) throws {
    let shares = ProcessorShare.all(of: try placements(ranks))
    #expect(shares.map(\.processors) == processors)
  }

  @Test(arguments: [["a 0 1", "a 0 1", "a 0 1"], Array(repeating: "a 3", count: 8), ["a"]])
  func `with more ranks than processors, each rank has one thread and no processor of its own`(
    ranks: [String]
  ) throws {
    let shares = ProcessorShare.all(of: try placements(ranks))
    #expect(shares == ranks.map { _ in ProcessorShare(threads: 1, processors: []) })
  }

  @Test(arguments: [
    (["a 0 1 2 3 quota 2"], [2]),
    (["a 0 1 2 3 quota 2.9"], [2]),
    (["a 0 1 2 3 quota 0.5"], [1]),
    (["a 0 1 2 3 quota 2", "a 0 1 2 3 quota 2"], [1, 1]),
    (["a 0 1 quota 2", "a 2 3 quota 2", "b 0 1"], [1, 1, 2]),
  ])
  func `ranks under a quota share it, and have no processors of their own`(
    ranks: [String], threads: [Int]
  ) throws {
    let placements = try placements(ranks)
    let shares = ProcessorShare.all(of: placements)
    #expect(shares.map(\.threads) == threads)
    for (share, placement) in zip(shares, placements) {
      #expect(share.processors.isEmpty == (placement.host == "a"))
    }
  }

  @Test
  func `a quota larger than the mask changes nothing`() throws {
    let shares = ProcessorShare.all(of: try placements(["a 0 1 quota 8", "a 0 1 quota 8"]))
    #expect(shares.map(\.processors) == [[0], [1]])
  }
}
