import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The weights' cache") struct WeightsCacheTests {
    private static let packing = "packing the weights of unet.safetensors for this processor, once"

    /// Runs the same small job, which must succeed, with the given cache.
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

    @Test
    func `images are the same without a cache, when it is filled and when it is used`() async throws
    {
      let expected = try await run(ranks: nil, cache: "none")
      #expect(!expected.errors.contains("packing"))
      for ranks in [1, 3] {
        let cache = try TemporaryFolder()
        for isFirst in [true, false] {
          let job = try await run(ranks: ranks, cache: cache.url.path)
          #expect(job.results == expected.results)
          #expect(count(Self.packing, in: job.errors) == (isFirst ? 1 : 0), "\(job.errors)")
          #expect(count("packing", in: job.errors) == (isFirst ? 2 : 0), "\(job.errors)")
          #expect(!job.errors.contains("warning: packed"), "\(job.errors)")
        }
        #expect(try weights(cache.url).count == 2)
      }
    }

    @Test
    func `a damaged cache is packed again`() async throws {
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

    @Test
    func `an unusable cache folder gives one warning, and each rank holds its own weights`()
      async throws
    {
      let expected = try await run(ranks: nil, cache: "none").results
      let job = try await run(ranks: 3, cache: "/proc/cache")
      #expect(job.results == expected)
      #expect(count("warning: packed weights cannot be kept", in: job.errors) == 1, "\(job.errors)")
    }

    @Test
    func `a limit on the size of files does not change the images`() async throws {
      let (cache, job) = (try TemporaryFolder(), try JobFolder())
      let expected = try await run(ranks: nil, cache: "none").results
      // The limit in KiB is enough for images and for MPI, but not for the weights of the UNet.
      let result = try await TestProcess.run(
        URL(filePath: "/bin/bash"),
        ["-c", "ulimit -f 12000; exec \"$0\" \"$@\"", BuiltProgram.url("diffuse-mpi").path]
          + Program.quick + ["--weights-cache", cache.url.path, "--out", job.url.path])
      #expect(result.status == 0, "\(result)")
      #expect(count("warning: packed weights cannot be kept", in: result.errors) >= 1, "\(result)")
      #expect(result.errors.contains("File too large"))
      #expect(try job.results == expected)
    }

    @Test
    func `plan and cache list the packed weights, and cache --clear removes them`() async throws {
      let parent = try TemporaryFolder()
      let cache = parent.url.appending(path: "cache").path
      let options = ["--weights-cache", cache]
      func output(_ arguments: [String]) async throws -> String {
        let result = try await Program.run(arguments + options)
        #expect(result.status == 0, "\(result)")
        return result.output
      }
      #expect(try await output(["cache"]) == "\(cache): empty\n")
      let before = try await output(["plan", "--no-timing"] + Program.quick)
      #expect(before.contains("weights    one copy per host, in \(cache)\n"))
      #expect(
        before.contains(/unet\.safetensors: about [\d.]+ MiB, to be packed at the first start/))
      _ = try await run(ranks: nil, cache: cache)
      let after = try await output(["plan", "--no-timing"] + Program.quick)
      #expect(after.contains(/unet\.safetensors: [\d.]+ MiB, packed for 1 thread per rank/))
      #expect(after.contains(/classifier\.safetensors: [\d.]+ MiB, packed for 1 thread per rank/))
      // Other settings of the network need other packed weights.
      let other = try await output(["plan", "--no-timing", "--batch-size", "3"])
      #expect(other.contains(/unet\.safetensors: about/))

      let listed = try await output(["cache"])
      #expect(listed.contains(/fashion-mnist \(bundled\), unet\.safetensors \([0-9a-f]{8}\): \d/))
      #expect(listed.contains("batch size 2, 1 thread, "))
      #expect(listed.split(separator: "\n").count == 5)
      _ = try await run(ranks: nil, cache: "none")
      #expect(
        try await output(["cache", "rm", "unet.safetensors"])
          .hasPrefix("removed fashion-mnist (bundled), unet.safetensors: "))
      #expect(!(try await output(["cache"])).contains("unet.safetensors"))
      #expect(
        try await output(["cache", "rm", "fashion-mnist"])
          .hasPrefix("removed fashion-mnist (bundled), classifier.safetensors: "))
      #expect(try await output(["cache", "--clear"]).hasPrefix("removed "))
      #expect(try FileManager.default.contentsOfDirectory(atPath: cache).isEmpty)
      #expect(try await output(["cache"]) == "\(cache): empty\n")
    }

    @Test
    func `a name that fits several models removes none of them, and lists them`() async throws {
      let folder = try TemporaryFolder()
      let cache = folder.url.appending(path: "cache").path
      var network = try SafetensorsFile(Bundled.unet)
      for name in ["a", "b"] {
        let file = folder.url.appending(path: "\(name)/net.safetensors")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try network.change("out.2.bias") { $0.bytes[$0.bytes.startIndex] ^= name == "a" ? 1 : 2 }
        try network.write(to: file)
        let plan = try await Program.run([
          "plan", "--model", file.path, "--model-flags", Bundled.modelFlags, "--weights-cache",
          cache,
        ])
        #expect(plan.status == 0, "\(plan)")
      }
      func run(_ arguments: [String]) async throws -> TestProcess.Result {
        try await Program.run(["cache"] + arguments + ["--weights-cache", cache])
      }
      let refused = try await run(["rm", "net.safetensors"])
      #expect(refused.status == 64 && refused.errors.contains("several models"), "\(refused)")
      #expect(refused.errors.contains("/a/net.safetensors"), "\(refused)")
      #expect(refused.errors.contains("/b/net.safetensors"), "\(refused)")
      #expect(try await run(["rm", "a/net.safetensors"]).status == 0)
      #expect(try await run(["rm", "net.safetensors"]).status == 0)
      #expect(try await run([]).output == "\(cache): empty\n")
    }

    @Test
    func `the cache is below HOME unless DIFFUSE_MPI_CACHE names another folder`() async throws {
      let home = try TemporaryFolder()
      func heading(_ environment: [String: String]) async throws -> String {
        let clean = ["XDG_CACHE_HOME": "", "DIFFUSE_MPI_CACHE": "", "DIFFUSE_MPI_CACHE_LIMIT": ""]
        let result = try await TestProcess.run(
          BuiltProgram.url("diffuse-mpi"), ["cache"],
          environment: clean.merging(environment) { $1 })
        return result.errors + result.output
      }
      let path = home.url.path
      #expect(try await heading(["HOME": path]) == "\(path)/.cache/diffuse-mpi: empty\n")
      #expect(
        try await heading(["HOME": path, "DIFFUSE_MPI_CACHE": "\(path)/c"])
          == "\(path)/c: empty\n")
      #expect(
        try await heading(["HOME": path, "DIFFUSE_MPI_CACHE_LIMIT": "20G"]).hasSuffix(
          "empty of at most 20480 MiB\n"))
      #expect(
        try await heading(["HOME": path, "DIFFUSE_MPI_CACHE": "none"]).contains("turned off"))
      #expect(
        try await heading(["HOME": "\(path)/absent"]).hasPrefix(
          "warning: HOME is \(path)/absent, which is not a folder"))
    }

    @Test(arguments: [
      (["--weights-cache", ""], "--weights-cache is empty"),
      (["cache", "--weights-cache", "none"], "the cache is turned off"),
      (["cache", "rm"], "Missing expected argument"),
      (["cache", "rm", "imagenet"], "no packed weights of 'imagenet'"),
      (["--weights-cache-limit", "20X"], "--weights-cache-limit is '20X'"),
    ])
    func `cache options that contradict each other are refused`(arguments: [String], says: String)
      async throws
    {
      let result = try await Program.run(arguments)
      #expect(result.status == 64 && result.errors.contains(says), "\(result)")
    }
  }
}
