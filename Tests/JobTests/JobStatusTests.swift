import Foundation
import Job
import Testing

@Suite struct JobStatusTests {
  private static let now = Date(timeIntervalSince1970: 1_780_000_000)

  private static func status(_ edit: (inout JobStatus) -> Void) -> JobStatus {
    var status = JobStatus(
      state: .running, total: 100, done: 42, doneBefore: 7, held: 3,
      givenUp: [JobStatus.GivenUp(index: 99, reason: "not finite")], imagesPerSecond: 2.5,
      secondsLeft: 22, ranks: JobStatus.Ranks(total: 8, alive: 7, lost: [3], slowest: 7))
    status.started = "2026-05-28T20:00:00Z"
    status.updated = "2026-05-28T20:26:40Z"
    status.process = 1234
    edit(&status)
    return status
  }

  @Test(arguments: [
    status { _ in },
    // Seven images existed, and five of them were damaged.
    status { ($0.done, $0.doneBefore) = (2, 7) },
    status { ($0.state, $0.done, $0.exitCode) = (.complete, 99, 65) },
    status { ($0.state, $0.imagesPerSecond, $0.secondsLeft) = (.starting, nil, nil) },
    status { ($0.state, $0.ranks.alive, $0.exitCode) = (.interrupted, 0, 75) },
    // Written by a machine whose clock is an hour ahead.
    status { $0.updated = "2026-05-28T21:26:40Z" },
  ])
  func `a status that a job can have is accepted`(status: JobStatus) {
    #expect(status.fault(at: Self.now) == nil)
  }

  @Test(arguments: [
    (status { $0.total = 0 }, "total is 0; it must be from 1 to 4294967295"),
    (status { $0.total = .min }, "total is \(Int.min); it must be from 1 to 4294967295"),
    (status { $0.done = 101 }, "done is 101; it must be from 0 to 100"),
    (status { $0.held = .max }, "held is \(Int.max); it must be from 0 to 100"),
    (status { $0.ranks.total = 0 }, "ranks.total is 0; it must be from 1 to 2147483647"),
    (status { $0.ranks.lost = [1, 8] }, "ranks.lost is 8; it must be from 0 to 7"),
    (status { $0.secondsLeft = .infinity }, "seconds_left is inf, which no job reaches"),
    (status { $0.imagesPerSecond = .nan }, "images_per_second is nan, which no job reaches"),
    (status { $0.ranks.slowestRate = -1 }, "ranks.slowest_rate is -1.0, which no job reaches"),
    (status { $0.givenUp[0].index = 100 }, "given_up.index is 100; it must be from 0 to 99"),
    (status { $0.state = .complete }, "state is complete, but done is 42 of 100"),
    (status { $0.exitCode = 256 }, "exit_code is 256, which this program does not use"),
    (status { $0.process = 0 }, "process is 0; it must be from 1 to 2147483647"),
    (status { $0.updated = "9999-01-01T00:00:00Z" }, "updated is in the future"),
    (status { $0.started = "noon" }, "started is not a time such as 2026-01-31T12:00:00Z"),
  ])
  func `the error names the first value that no job can have`(status: JobStatus, fault: String) {
    #expect(status.fault(at: Self.now) == fault)
  }
}
