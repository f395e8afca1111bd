import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Launchers") struct LauncherTests {
    private func run(
      _ arguments: [String], _ environment: [String: String]
    ) async throws -> TestProcess.Result {
      let folder = try TemporaryFolder()
      return try await TestProcess.run(
        BuiltProgram.url("diffuse-mpi"), arguments,
        environment: environment.merging(["XDG_CACHE_HOME": folder.url.path]) { $1 }, in: folder.url
      )
    }

    @Test(
      arguments: [
        ["plan", "--no-timing"], ["inspect", "fashion-mnist"], ["models"], ["cache"], ["--help"],
        ["--version"],
        ["--generate-completion-script", "bash"],
      ],
      [
        ["OMPI_COMM_WORLD_RANK": "1"], ["PMIX_RANK": "3"], ["PMI_RANK": "2", "PMI_SIZE": "4"],
        ["SLURM_PROCID": "1", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "2"],
        ["PMIX_NAMESPACE": "1", "PMIX_RANK": "1"],
      ])
    func `a rank variable without a launcher does not silence messages`(
      arguments: [String], environment: [String: String]
    ) async throws {
      let result = try await run(arguments, environment)
      #expect(result.status == 0, "\(result)")
      #expect(!result.output.isEmpty, "\(result)")
    }

    @Test(arguments: [["PMIX_RANK": "3"], ["PMIX_NAMESPACE": "1", "PMIX_RANK": "1"]])
    func `a usage error is printed for any rank in the environment`(environment: [String: String])
      async throws
    {
      let result = try await run(["--bogus"], environment)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("--bogus"), "\(result)")
    }

    @Test(arguments: [
      (["SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_PROCID": "0"], "srun --mpi=pmix"),
      (["SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_PROCID": "1"], "srun --mpi=pmix"),
      (["PMI_RANK": "0", "PMI_SIZE": "2"], "use Open MPI's mpirun"),
    ])
    func `copies that a launcher started without MPI get an error that says what to do`(
      environment: [String: String], says: String
    ) async throws {
      let result = try await run(["--painting", "1", "--num-samples", "2"], environment)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains(says), "\(result)")
    }
  }
}
