import Messaging
import Testing

@Suite struct MemoryRoomTests {
  private func placement(_ host: String, _ memory: Int?, _ addressSpace: Int? = nil) -> Placement {
    Placement(host: host, cores: [], memory: memory, addressSpace: addressSpace)
  }

  @Test("the ranks of a host share the least that one of them was told")
  func rooms() {
    let rooms = MemoryRoom.all(of: [
      placement("b", 100), placement("a", 70), placement("b", 90, 50), placement("b", nil, 60),
    ])
    #expect(
      rooms == [
        MemoryRoom(host: "b", ranks: 3, memory: 90, addressSpace: 50),
        MemoryRoom(host: "a", ranks: 1, memory: 70, addressSpace: nil),
      ])
  }

  @Test(
    "what is shared counts once a host, the rest once a rank",
    arguments: [
      (1, 30, true, 1), (1, 29, false, 0), (3, 50, true, 3), (3, 49, false, 2), (9, 49, false, 2),
      (2, 10, false, 0), (4, nil, true, 4),
    ] as [(Int, Int?, Bool, Int)])
  func sharing(ranks: Int, memory: Int?, holds: Bool, most: Int) {
    let room = MemoryRoom(host: "a", ranks: ranks, memory: memory, addressSpace: nil)
    let need = MemoryNeed(shared: 20, rank: 10, addressSpace: 1000)
    #expect(room.holds(need) == holds)
    #expect(room.mostRanks(need) == most)
  }

  @Test("a limit of the address space is each rank's own", arguments: [(30, true), (29, false)])
  func addressSpace(limit: Int, holds: Bool) {
    let room = MemoryRoom(host: "a", ranks: 8, memory: 100, addressSpace: limit)
    let need = MemoryNeed(shared: 20, rank: 10, addressSpace: 30)
    #expect(room.holds(need) == holds)
    #expect(room.mostRanks(need) == (holds ? 8 : 0))
  }
}
