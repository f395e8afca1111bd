import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  /// Jobs whose ranks have folders of their own, as ranks on several hosts do.
  @Suite("Weights for several hosts") struct WeightsBroadcastTests {
    private static let packing = "packing the weights of net.safetensors for this processor, once"

    /// A host: the folder that relative paths start from, and the cache.
    private struct Host {
      let folder: URL
      var checkpoint: URL { folder.appending(path: "net.safetensors") }
      var cache: String

      init(_ name: String, in parent: TemporaryFolder) throws {
        folder = parent.url.appending(path: name)
        cache = folder.appending(path: "cache").path
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
    }

    /// Runs a small job with two ranks on each host, which must succeed.
    private func run(_ hosts: [Host], model: [String]) async throws -> (
      results: [String: Data], errors: String
    ) {
      let job = try JobFolder()
      let program = try BuiltProgram.url("diffuse-mpi").path
      let arguments =
        ["--num-samples", "8", "--steps", "ddim5", "--batch-size", "2", "--threads", "1", "--out"]
        + [job.url.path] + model
      let launches = hosts.map { host in
        [
          "-n", "2", "-wdir", host.folder.path, "-x", "DIFFUSE_MPI_CACHE=\(host.cache)",
          program,
        ]
          + arguments
      }
      let result = try await TestProcess.run(
        URL(filePath: "/usr/bin/env"),
        ["mpirun", "--bind-to", "none"] + Array(launches.joined(separator: [":"])),
        environment: TestProcess.mpirunEnvironment, timeout: .seconds(300))
      #expect(result.status == 0, "\(result)")
      return (try job.results, result.errors)
    }

    private func count(_ text: String, in errors: String) -> Int {
      errors.components(separatedBy: text).count - 1
    }

    @Test
    func `one of three hosts reads the checkpoint, and then none of those that are warm`()
      async throws
    {
      let parent = try TemporaryFolder()
      let hosts = try ["a", "b", "c"].map { try Host($0, in: parent) }
      // On the other hosts, reading a weight would end the job.
      try FileManager.default.copyItem(at: Bundled.unet, to: hosts[0].checkpoint)
      let model = ["--model", "net.safetensors", "--model-flags", Bundled.modelFlags]
      let first = try await run(hosts, model: model)
      #expect(count(Self.packing, in: first.errors) == 1, "\(first.errors)")
      #expect(!first.errors.contains("warning: packed"), "\(first.errors)")

      let second = try await run(hosts, model: model)
      #expect(second.results == first.results)
      #expect(!second.errors.contains("packing"), "\(second.errors)")

      // Images of one host, with the same checkpoint.
      let alone = try await run([hosts[0]], model: model)
      #expect(alone.results == first.results)
    }

    @Test
    func `a host with an empty cache receives all networks from one that has them`() async throws {
      let parent = try TemporaryFolder()
      let hosts = try ["a", "b", "c"].map { try Host($0, in: parent) }
      let alone = try await run([hosts[1]], model: [])
      #expect(count("packing the weights", in: alone.errors) == 2, "\(alone.errors)")
      let all = try await run(hosts, model: [])
      #expect(all.results == alone.results)
      #expect(!all.errors.contains("packing"), "\(all.errors)")
    }

    @Test
    func `a host without a cache reads the checkpoint itself`() async throws {
      let parent = try TemporaryFolder()
      var hosts = try ["a", "b"].map { try Host($0, in: parent) }
      let expected = try await run([hosts[1]], model: [])
      hosts[0].cache = "/proc/cache"
      let job = try await run(hosts, model: [])
      #expect(job.results == expected.results)
      #expect(count("warning: packed weights cannot be kept", in: job.errors) == 1, "\(job.errors)")
    }
  }
}
