import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The weights' cache") struct WeightsCacheTests {
    private static let packing = "packing the weights of unet.safetensors for this processor, once"

    /// Runs the same small job, which must succeed, with the cache given.
    private func run(
      ranks: Int?, cache: String
    ) async throws -> (results: [String: Data], errors: String) {
      let folder = try JobFolder()
      let result = try await Program.run(
        Program.quick + ["--threads", "1", "--weights-cache", cache, "--out", folder.url.path],
        ranks: ranks)
      #expect(result.status == 0, "\(result)")
      return (try folder.results, result.errors)
    }

    private func count(_ text: String, in errors: String) -> Int {
      errors.components(separatedBy: text).count - 1
    }

    private func weights(_ folder: URL) throws -> [URL] {
      try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "weights" }
    }

    @Test("images are the same without a cache, when it is made, and when it is used")
    func sameBytes() async throws {
      let expected = try await run(ranks: nil, cache: "none")
      #expect(!expected.errors.contains("packing"))
      for ranks in [1, 3] {
        let cache = try TemporaryFolder()
        for isFirst in [true, false] {
          let job = try await run(ranks: ranks, cache: cache.url.path)
          #expect(job.results == expected.results)
          #expect(count(Self.packing, in: job.errors) == (isFirst ? 1 : 0), "\(job.errors)")
          #expect(count("packing", in: job.errors) == (isFirst ? 2 : 0), "\(job.errors)")
          #expect(!job.errors.contains("warning"), "\(job.errors)")
        }
        #expect(try weights(cache.url).count == 2)
      }
    }

    @Test("a damaged cache is packed anew")
    func damaged() async throws {
      let cache = try TemporaryFolder()
      let expected = try await run(ranks: nil, cache: cache.url.path).results
      for file in try weights(cache.url) {
        let handle = try FileHandle(forWritingTo: file)
        try handle.seek(toOffset: handle.seekToEnd() / 2)
        try handle.write(contentsOf: Data(repeating: 0xFF, count: 10_000))
        try handle.close()
      }
      let job = try await run(ranks: 2, cache: cache.url.path)
      #expect(job.results == expected)
      #expect(count(Self.packing, in: job.errors) == 1, "\(job.errors)")
    }

    @Test("a folder that is of no use is told once, and each rank holds its own weights")
    func useless() async throws {
      let expected = try await run(ranks: nil, cache: "none").results
      let job = try await run(ranks: 3, cache: "/proc/cache")
      #expect(job.results == expected)
      #expect(count("warning: packed weights cannot be kept", in: job.errors) == 1, "\(job.errors)")
    }

    @Test("a limit on the size of files leaves the images as they are")
    func fileSize() async throws {
      let (cache, job) = (try TemporaryFolder(), try JobFolder())
      let expected = try await run(ranks: nil, cache: "none").results
      // In KiB: enough for images and for MPI, not for the weights of the UNet.
      let result = try await TestProcess.run(
        URL(filePath: "/bin/bash"),
        ["-c", "ulimit -f 12000; exec \"$0\" \"$@\"", BuiltProgram.url("diffuse-mpi").path]
          + Program.quick + ["--weights-cache", cache.url.path, "--out", job.url.path])
      #expect(result.status == 0, "\(result)")
      #expect(count("warning: packed weights cannot be kept", in: result.errors) >= 1, "\(result)")
      #expect(result.errors.contains("File too large"))
      #expect(try job.results == expected)
    }

    @Test("plan and cache tell what is there; cache --clear removes it")
    func commands() async throws {
      let parent = try TemporaryFolder()
      let cache = parent.url.appending(path: "cache").path
      let options = ["--weights-cache", cache]
      func output(_ arguments: [String]) async throws -> String {
        let result = try await Program.run(arguments + options)
        #expect(result.status == 0, "\(result)")
        return result.output
      }
      #expect(try await output(["cache"]) == "\(cache): empty\n")
      let before = try await output(["plan"] + Program.quick)
      #expect(before.contains("weights    once a node, in \(cache)\n"))
      #expect(
        before.contains(/unet\.safetensors: about [\d.]+ MiB, to be packed at the first start/))
      _ = try await run(ranks: nil, cache: cache)
      let after = try await output(["plan"] + Program.quick)
      #expect(after.contains(/unet\.safetensors: [\d.]+ MiB, packed for 1 thread a rank/))
      #expect(after.contains(/classifier\.safetensors: [\d.]+ MiB, packed for 1 thread a rank/))
      // Other settings of the network want others.
      let other = try await output(["plan", "--batch-size", "3"])
      #expect(other.contains(/unet\.safetensors: about/))

      let listed = try await output(["cache"])
      #expect(listed.contains("unet.safetensors: ") && listed.contains("batches of 2, threads 1"))
      #expect(try await output(["cache", "--clear"]).hasPrefix("removed "))
      #expect(try FileManager.default.contentsOfDirectory(atPath: cache).isEmpty)
      #expect(try await output(["cache"]) == "\(cache): empty\n")
    }

    @Test(
      "what cannot be meant is refused",
      arguments: [
        (["--weights-cache", ""], "--weights-cache is empty"),
        (["cache", "--weights-cache", "none"], "keeps nothing"),
      ])
    func refusal(arguments: [String], says: String) async throws {
      let result = try await Program.run(arguments)
      #expect(result.status == 64 && result.errors.contains(says), "\(result)")
    }
  }
}
