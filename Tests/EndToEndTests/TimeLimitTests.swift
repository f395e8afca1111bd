import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Time limits") struct TimeLimitTests {
    @Test(arguments: [nil, 3])
    func `a job stops handing out work before its time limit, and resumes`(ranks: Int?) async throws
    {
      let folder = try JobFolder()
      let options = ["--num-samples", "2000", "--batch-size", "4", "--out", folder.url.path]
      // 15 seconds are reserved, so about two are left to work.
      let first = try await Program.run(
        options + ["--painting", "50", "--time-limit", "0:17"], ranks: ranks)
      #expect(first.status == 75, "\(first)")
      #expect(first.errors.contains("s left (--time-limit); no batch is started"), "\(first)")
      #expect(
        first.errors.contains(/time limit: \d+ of 2000 images saved. Run the same/), "\(first)")
      // Only whole batches, because every batch in progress was finished.
      #expect(try folder.metadata.count % 4 == 0)
      let status = try await Program.run(["status", folder.url.path])
      #expect(status.status == 75 && status.output.contains("state       incomplete"), "\(status)")

      let second = try await Program.run(
        options + ["--painting", "0", "--time-limit", "none"], ranks: ranks)
      #expect(second.status == 0, "\(second)")
      #expect(try folder.metadata.count == 2000)
    }
  }
}
