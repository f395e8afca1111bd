import Messaging
import Testing

@Suite struct LaunchEnvironmentTests {
  @Test(
    "the rank is known before MPI is initialised",
    arguments: [
      ([:], 0, false),
      (["OMPI_COMM_WORLD_RANK": "3"], 3, true),
      (["PMIX_RANK": "5", "SLURM_PROCID": "4"], 5, true),
      (["PMI_RANK": "2"], 2, true),
      (["SLURM_PROCID": "4"], 0, false),
      (["SLURM_PROCID": "4", "PMIX_NAMESPACE": "slurm.pmix.1.0"], 4, true),
    ] as [([String: String], Int, Bool)])
  func rank(variables: [String: String], rank: Int, isLaunched: Bool) {
    let environment = LaunchEnvironment(variables)
    #expect(environment.rank == rank)
    #expect(environment.isLaunched == isLaunched)
  }
}
