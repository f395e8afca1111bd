import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Memory") struct MemoryTests {
    /// The available memory in MiB, from /proc/meminfo.
    private static let available =
      (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))?
      .firstMatch(of: /MemAvailable: +(\d+) kB/).flatMap { Int($0.1) }.map { $0 >> 10 } ?? .max

    private func largestBatch(_ errors: String) throws -> Int {
      try #require(
        errors.firstMatch(of: /use --batch-size (\d+), the largest that fits/)
          .flatMap { Int($0.1) }, "\(errors)")
    }

    @Test(  // Three ranks with batches of 4096 take 30 GB in f32, and half as much in bf16.
      .enabled(if: available < 28_000), arguments: ["none", nil])
    func `a job that does not fit into memory is refused once, with a batch size that fits`(
      cache: String?
    ) async throws {
      let job = try JobFolder()
      let options =
        ["--precision", "f32", "--out", job.url.path]
        + (cache.map { ["--weights-cache", $0] } ?? [])
      let result = try await Program.run(["--batch-size", "4096"] + options, ranks: 3)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.components(separatedBy: "error: ").count == 2, "\(result)")
      #expect(
        result.errors.contains(/batches of 4096 do not fit in memory: \S+ has .* for 3 ranks/))
      #expect(try (1..<4096).contains(largestBatch(result.errors)))
      #expect(try job.files.isEmpty)
    }

    /// Runs a small job without mpirun, in an address space of `limit` KiB.
    private func run(_ batchSize: Int, limit: Int, out: JobFolder) async throws
      -> TestProcess.Result
    {
      try await TestProcess.run(
        URL(filePath: "/bin/bash"),
        [
          "-c", "ulimit -v \(limit); exec \"$0\" \"$@\"", BuiltProgram.url("diffuse-mpi").path,
          "--batch-size", "\(batchSize)", "--num-samples", "1", "--steps", "ddim2", "--threads",
          "1", "--weights-cache", "none", "--out", out.url.path,
        ])
    }

    @Test
    func `under ulimit -v the proposed batch size runs, and a larger one is refused`() async throws
    {
      let job = try JobFolder()
      let limit = 700_000
      let refused = try await run(4096, limit: limit, out: job)
      #expect(refused.status == 64, "\(refused)")
      #expect(refused.errors.contains("ulimit -v"), "\(refused)")
      let largest = try largestBatch(refused.errors)
      #expect(try await run(largest + 1, limit: limit, out: job).status == 64)
      #expect(try job.files.isEmpty)
      let accepted = try await run(largest, limit: limit, out: job)
      #expect(accepted.status == 0, "\(accepted)")
    }

    @Test
    func `if no batch size fits, the error gives the memory that is needed`() async throws {
      let job = try JobFolder()
      let result = try await run(10, limit: 450_000, out: job)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("not even one rank with --batch-size 1 fits"), "\(result)")
    }
  }
}
