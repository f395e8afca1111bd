import Foundation
import TestSupport
import Testing

extension ClusterTests {
  /// The other hosts have no checkpoint, so reading a weight there would end the job.
  @Test
  func `of three hosts one reads the checkpoint, and the others receive packed weights`()
    async throws
  {
    try await Lab.run { lab in
      try await lab.run(host: "h1", "mkdir", model)
      try await lab.run(host: "h1", "cp", Bundled.unet.path, "\(model)/net.safetensors")
      let first = try await run(lab, as: "first")
      #expect(first.components(separatedBy: "packing the weights").count == 2, "\(first)")
      let second = try await run(lab, as: "second")
      #expect(!second.contains("packing"), "\(second)")
      let results = try ["first", "second"].map {
        try JobFiles.results(in: lab.folder.appending(path: $0))
      }
      #expect(results[0] == results[1])
    }
  }

  /// Folders on a file system that each host has for itself.
  private var model: String { "/run/local/model" }
  private var cache: String { "/run/local/cache" }

  /// Runs a job with two ranks on each host, and returns its messages.
  private func run(_ lab: Lab, as name: String) async throws -> String {
    let program = try BuiltProgram.url("diffuse-mpi").path
    let result = try await lab.attempt(
      [
        "env", "SLURM_PMIX_FENCE=ring", "srun", "--mpi=pmix", "--nodes", "3", "--ntasks-per-node",
        "2", "--overcommit", program,
        "--model", "\(model)/net.safetensors", "--model-flags", Bundled.modelFlags,
        "--num-samples", "6", "--steps", "ddim2", "--batch-size", "1", "--threads", "1",
        "--weights-cache", cache, "--out", lab.folder.appending(path: name).path,
      ])
    #expect(result.status == 0, "\(result)")
    return result.errors
  }
}

extension Lab {
  /// Runs a command on a host, and returns its output.
  @discardableResult
  fileprivate func run(host: String, _ command: String...) async throws -> String {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Lab/host.sh")
    let result = try await attempt([script.path, "run", host] + command)
    guard result.status == 0 else { throw TestSetupError("\(command) on \(host): \(result)") }
    return result.output
  }
}
