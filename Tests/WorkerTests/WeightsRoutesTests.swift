import Cache
import Testing
import Worker

@Suite struct WeightsRoutesTests {
  private func routes(_ states: [PackedReservations.State?]) -> WeightsRoutes {
    WeightsRoutes(states.map { state in state.map { ["a": $0] } ?? [:] })
  }

  @Test
  func `nothing is sent if one process writes the file, or all have it`() {
    #expect(routes([.reserved]).isEmpty)
    #expect(routes([nil, .reserved, nil]).isEmpty)
    #expect(routes([.complete, .complete, nil]).isEmpty)
    #expect(routes([nil, nil]).isEmpty)
  }

  @Test
  func `the ranks that lack a file form a chain behind the first that has it`() {
    let cold = routes([.reserved, nil, .reserved, nil, .reserved, nil])
    #expect((0..<6).map { cold.senders(of: "a", to: $0) } == [[], [0], [0], [0], [2, 0], [0]])
    #expect(cold.isFirst(0, for: "a") && !cold.isFirst(1, for: "a"))
    #expect(cold.receiverCount(of: "a") == 2)
    #expect((0..<6).map { cold.receivers(of: "a", from: $0) } == [1, 0, 1, 0, 0, 0])

    let warm = routes([.reserved, nil, .complete, .complete, .reserved])
    #expect((0..<5).map { warm.senders(of: "a", to: $0) } == [[2], [2], [], [2], [0, 2]])
    #expect(warm.isFirst(2, for: "a") && warm.receiverCount(of: "a") == 2)
  }

  @Test
  func `files are independent of each other`() {
    let routes = WeightsRoutes([
      ["a": .reserved, "b": .complete], ["a": .reserved], ["c": .reserved], ["b": .reserved],
    ])
    #expect(routes.senders(of: "a", to: 1) == [0])
    #expect(routes.senders(of: "b", to: 3) == [0])
    #expect(routes.senders(of: "c", to: 2) == [] && routes.receiverCount(of: "c") == 0)
  }

  @Test(arguments: [2, 64, 65, 1000])
  func `each rank receives from an earlier one, and sends to two at most`(count: Int) {
    let routes = routes([PackedReservations.State?](repeating: .reserved, count: count))
    for rank in 1..<count {
      let senders = routes.senders(of: "a", to: rank)
      #expect(senders.last == 0)
      #expect(zip([rank] + senders, senders).allSatisfy(>))
      if count > WeightsRoutes.longestChain { #expect(senders.count < 10) }
    }
    let receivers = (0..<min(count, 200)).map { routes.receivers(of: "a", from: $0) }
    #expect(receivers.allSatisfy { $0 <= (count > WeightsRoutes.longestChain ? 2 : 1) })
    #expect(receivers[0] == (count > WeightsRoutes.longestChain ? 2 : 1))
  }
}
