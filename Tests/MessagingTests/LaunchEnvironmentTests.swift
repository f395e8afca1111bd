import Messaging
import Testing

@Suite struct LaunchEnvironmentTests {
  /// The variables that mpirun sets for rank 3 of 8 on one host.
  private static let mpirun = [
    "PMIX_NAMESPACE": "1528954881", "PMIX_RANK": "3", "OMPI_COMM_WORLD_RANK": "3",
    "OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_LOCAL_SIZE": "8",
  ]

  @Test(
    arguments: [
      ([:], 0, false),
      (mpirun, 3, true),
      (["PMIX_NAMESPACE": "slurm.pmix.1.0", "PMIX_RANK": "5", "SLURM_PROCID": "4"], 5, true),
      (["PMIX_NAMESPACE": "slurm.pmix.1.0", "SLURM_PROCID": "4"], 4, true),
      // mpirun starts its helpers with srun, so ranks inherit the variables of a step.
      (
        mpirun.merging(["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]) {
          $1
        }, 3, true
      ),
      (["SLURM_STEP_ID": "0", "PMI_RANK": "2", "PMI_SIZE": "4"], 2, true),
      (["OMPI_COMM_WORLD_RANK": "3"], 0, false),
      (["PMIX_RANK": "5"], 0, false),
      (["PMI_RANK": "2"], 0, false),
      (["SLURM_PROCID": "4"], 0, false),
    ] as [([String: String], Int, Bool)])
  func `with a real launcher, the rank is known before MPI is initialised`(
    variables: [String: String], rank: Int, isLaunched: Bool
  ) {
    let environment = LaunchEnvironment(variables)
    #expect(environment.rank == rank)
    #expect(environment.isLaunched == isLaunched)
    #expect(environment.separateCopies == nil)
  }

  @Test(
    arguments: [
      ([:], true),
      (["SLURM_PROCID": "4"], true),
      (["PMIX_NAMESPACE": "1", "OMPI_COMM_WORLD_RANK": "3"], false),
      (mpirun, true),
      (mpirun.merging(["OMPI_COMM_WORLD_LOCAL_SIZE": "4"]) { $1 }, false),
      (["PMIX_NAMESPACE": "slurm.pmix.1.0", "PMIX_RANK": "5"], false),
    ] as [([String: String], Bool)])
  func `ranks are on one host if the launcher says so, or without a launcher`(
    variables: [String: String], isOne: Bool
  ) {
    #expect(LaunchEnvironment(variables).isOnOneHost == isOne)
  }

  @Test(
    arguments: [
      (
        ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"], 1,
        "srun started 2"
      ),
      (["SLURM_STEP_ID": "3", "SLURM_NTASKS": "64", "SLURM_PROCID": "0"], 0, "srun started 64"),
      (["PMI_RANK": "2", "PMI_SIZE": "4"], 2, "MPICH or Intel MPI started 4"),
      (["WORLD_SIZE": "8", "RANK": "7", "LOCAL_RANK": "3"], 7, "torchrun started 8"),
    ] as [([String: String], Int, String)])
  func `copies started without MPI are recognised, and the message names the launcher`(
    variables: [String: String], index: Int, says: String
  ) throws {
    let environment = LaunchEnvironment(variables)
    let copies = try #require(environment.separateCopies)
    #expect(!environment.isLaunched)
    #expect(copies.index == index)
    #expect(copies.failure.message.contains(says))
    #expect(copies.failure.message.contains("mpirun"))
    #expect(copies.failure.status == .usage)
  }

  @Test(arguments: [
    // A batch script, in two versions of Slurm.
    ["SLURM_JOB_ID": "1", "SLURM_NTASKS": "8", "SLURM_PROCID": "0"],
    ["SLURM_STEP_ID": "4294967291", "SLURM_NTASKS": "8", "SLURM_PROCID": "0"],
    // A shell of salloc.
    [
      "SLURM_STEP_ID": "4294967290", "SLURM_STEP_NUM_TASKS": "1", "SLURM_NTASKS": "8",
      "SLURM_PROCID": "0",
    ],
    ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"],
    ["PMI_RANK": "0", "PMI_SIZE": "1"],
    ["WORLD_SIZE": "4"], ["WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"],
  ])
  func `a single process in a cluster job is not a copy`(variables: [String: String]) {
    #expect(LaunchEnvironment(variables).separateCopies == nil)
  }

  @Test(arguments: [
    // Nothing listens on the port of TCP's multiplexer.
    ("/nowhere/pid.1", "tcp4://127.0.0.1:1", false),
    ("/tmp", "tcp4://127.0.0.1:1", true),
    ("/nowhere/pid.1", "usock:/nowhere/socket", true),
  ])
  func `variables of an ended launcher are ignored, unless it may just not be visible`(
    folder: String, uri: String, isLaunched: Bool
  ) {
    let variables = Self.mpirun.merging(
      ["PMIX_SERVER_TMPDIR": folder, "PMIX_SERVER_URI2": "1528954880.0;\(uri)"]) { $1 }
    #expect(LaunchEnvironment(variables).isLaunched == isLaunched)
  }

  @Test(
    arguments: [
      ([:], "bash", .this),
      (mpirun, "mpirun", .other), (mpirun, "orted", .other), (mpirun, "prterun", .other),
      (mpirun, "bash", .unknown),
      (mpirun.merging(["OMPI_COMM_WORLD_RANK": "0"]) { $1 }, "mpirun", .this),
      (["OMPI_COMM_WORLD_RANK": "3", "PMIX_RANK": "3"], "bash", .this),
      (["SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_PROCID": "1"], "slurmstepd", .other),
      (["SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_PROCID": "1"], "bash", .unknown),
      (["SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_PROCID": "0"], "slurmstepd", .this),
    ] as [([String: String], String, LaunchEnvironment.Speaker)])
  func `one of several copies prints the error, and so does a process that may be alone`(
    variables: [String: String], parent: String, speaker: LaunchEnvironment.Speaker
  ) {
    #expect(LaunchEnvironment(variables, parent: parent).speaker == speaker)
  }
}
