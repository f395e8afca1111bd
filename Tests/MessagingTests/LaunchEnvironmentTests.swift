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

  @Test(
    "ranks are on one host where the launcher says so, or where there is none",
    arguments: [
      ([:], true),
      (["SLURM_PROCID": "4"], true),
      (["OMPI_COMM_WORLD_RANK": "3"], false),
      (
        [
          "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "8",
          "OMPI_COMM_WORLD_LOCAL_SIZE": "8",
        ], true
      ),
      (
        [
          "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "8",
          "OMPI_COMM_WORLD_LOCAL_SIZE": "4",
        ], false
      ),
      (["PMIX_RANK": "5"], false),
    ] as [([String: String], Bool)])
  func host(variables: [String: String], isOne: Bool) {
    #expect(LaunchEnvironment(variables).isOnOneHost == isOne)
  }
}
