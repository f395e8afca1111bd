import Machine
import Testing

@Suite struct ThreadAssignmentTests {
  private let share = ProcessorShare(threads: 2, processors: [4, 5])
  private let place = Placement(host: "a", cores: [[4], [5], [6], [7]], memories: [1, 1, 2, 2])

  @Test(
    arguments: [
      (nil, nil, 2, [4, 5], false), (2, nil, 2, [4, 5], false), (1, nil, 1, [], false),
      (3, nil, 3, [], false), (1, .ranks, 1, [4, 5], false), (3, .ranks, 3, [4, 5], false),
      (nil, .off, 2, [], false), (nil, .threads, 2, [4, 5], true), (1, .threads, 1, [4, 5], true),
      // Two threads pinned to one processor would wait for each other, so they are not pinned.
      (3, .threads, 3, [4, 5], false),
    ] as [(Int?, ThreadAssignment.Pinning?, Int, [Int], Bool)])
  func `threads stay on the rank's own processors unless they leave some of them to others`(
    threads: Int?, pinning: ThreadAssignment.Pinning?, count: Int, processors: [Int], isPinned: Bool
  ) {
    let team = ThreadAssignment(share, at: place, threads: threads, pinning: pinning)
    #expect(team.threads == count)
    #expect(team.processors == processors)
    #expect(team.isPinned == isPinned)
  }

  @Test(arguments: [([4, 5], 1), ([6], 2), ([5, 6], 0), ([], 0)])
  func `a rank uses the memory near its processors, and the first one if there are several`(
    processors: [Int], memory: Int
  ) {
    let share = ProcessorShare(threads: processors.count, processors: processors)
    #expect(ThreadAssignment(share, at: place).memory == memory)
    #expect(ThreadAssignment(share, at: place, pinning: .off).memory == 0)
  }

  @Test(arguments: ThreadAssignment.Pinning.allCases)
  func `ranks without processors of their own are never pinned`(pinning: ThreadAssignment.Pinning) {
    let team = ThreadAssignment(
      ProcessorShare(threads: 1, processors: []), at: place, pinning: pinning)
    #expect(team.processors.isEmpty && !team.isPinned)
  }
}
