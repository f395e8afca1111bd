import Foundation
import Testing

extension ClusterTests {
  /// Slurm reads the #PBS lines too. The hosts of the lab have 128 processors, according to Slurm.
  @Test
  func `Slurm accepts every script as it is`() async throws {
    try await Lab.run(hosts: 4) { lab in
      for folder in ["slurm", "pbs"] {
        let scripts = try FileManager.default.contentsOfDirectory(
          at: ShippedScript.folder.appending(path: folder), includingPropertiesForKeys: nil)
        #expect(scripts.count >= 3)
        for script in scripts { try await lab.run("sbatch", "--test-only", script.path) }
      }
    }
  }
}
