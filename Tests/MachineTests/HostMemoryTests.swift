import Machine
import Testing

@Suite struct HostMemoryTests {
  private func placement(_ host: String, _ memory: Int?, _ addressSpace: Int? = nil) -> Placement {
    Placement(host: host, cores: [], memory: memory, addressSpace: addressSpace)
  }

  @Test
  func `the ranks of a host share the least memory that one of them reports`() {
    let placements = [
      placement("b", 100), placement("a", 70), placement("b", 90, 50), placement("b", nil, 60),
    ]
    let share = ProcessorShare(threads: 1, processors: [])
    let rooms = HostMemory.all(
      of: placements, teams: placements.map { ThreadAssignment(share, at: $0) })
    #expect(
      rooms == [
        HostMemory(host: "b", ranks: 3, memory: 90, addressSpace: 50),
        HostMemory(host: "a", ranks: 1, memory: 70, addressSpace: nil),
      ])
  }

  @Test(
    arguments: [
      (1, 30, true, 1), (1, 29, false, 0), (3, 50, true, 3), (3, 49, false, 2), (9, 49, false, 2),
      (2, 10, false, 0), (4, nil, true, 4),
    ] as [(Int, Int?, Bool, Int)])
  func `shared memory counts once per host, and the rest once per rank`(
    ranks: Int, memory: Int?, holds: Bool, most: Int
  ) {
    let room = HostMemory(host: "a", ranks: ranks, memory: memory, addressSpace: nil)
    let need = MemoryEstimate(shared: 20, rank: 10, addressSpace: 1000)
    #expect(room.holds(need) == holds)
    #expect(room.mostRanks(need) == most)
  }

  @Test
  func `ranks near different parts of the memory hold a copy for each part`() {
    let host = Placement(host: "a", cores: [[0], [1], [2]], memories: [0, 0, 1], memory: 50)
    let shares = (0..<3).map { ProcessorShare(threads: 1, processors: [$0]) }
    let teams = shares.map { ThreadAssignment($0, at: host) }
    let rooms = HostMemory.all(of: [host, host, host], teams: teams)
    #expect(
      rooms == [HostMemory(host: "a", ranks: 3, copies: 2, memory: 50, addressSpace: nil)])
    #expect(rooms[0].holds(MemoryEstimate(shared: 10, rank: 10, addressSpace: 0)))
    #expect(!rooms[0].holds(MemoryEstimate(shared: 11, rank: 10, addressSpace: 0)))
  }

  @Test(arguments: [(30, true), (29, false)])
  func `a limit on the address space applies to each rank`(limit: Int, holds: Bool) {
    let room = HostMemory(host: "a", ranks: 8, memory: 100, addressSpace: limit)
    let need = MemoryEstimate(shared: 20, rank: 10, addressSpace: 30)
    #expect(room.holds(need) == holds)
    #expect(room.mostRanks(need) == (holds ? 8 : 0))
  }
}
