import Foundation
import Machine
import Program
import Testing

@Suite struct JobDeadlineTests {
  private let start = ContinuousClock.now
  private let date = Date(timeIntervalSince1970: 1000)

  private func slurm(end: String) -> BatchAllocation? {
    BatchAllocation(["SLURM_JOB_ID": "7", "SLURM_JOB_END_TIME": end]) { _ in nil }
  }

  @Test
  func `the option outranks the end of the Slurm job`() throws {
    let deadline = JobDeadline(
      .after(.seconds(90)), batch: slurm(end: "8200"), start: start, date: date)
    #expect(deadline?.instant == start + .seconds(90))
    #expect(
      deadline?.note(at: start + .seconds(30))
        == "time limit: 60 s left (--time-limit); no batch is started that cannot end in time")
  }

  @Test
  func `without the option, the end of the Slurm job counts`() {
    let deadline = JobDeadline(nil, batch: slurm(end: "8200"), start: start, date: date)
    #expect(deadline?.instant == start + .seconds(7200))
    #expect(deadline?.note(at: start).hasPrefix("time limit: 2.0 h left (Slurm); ") == true)
  }

  @Test
  func `there is no limit without a batch system, after a stale one, and with none`() {
    #expect(JobDeadline(nil, batch: nil, start: start, date: date) == nil)
    #expect(JobDeadline(nil, batch: slurm(end: "999"), start: start, date: date) == nil)
    #expect(JobDeadline(.off, batch: slurm(end: "8200"), start: start, date: date) == nil)
  }
}
