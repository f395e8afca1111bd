import Machine
import Program
import Testing

@Suite struct LaunchAdviceTests {
  /// Two packages with 64 cores each, of which 8 share a cache, in four NUMA nodes per package.
  private static let twoPackages = ProcessorShape(
    coresByCache: Array(repeating: 8, count: 16), memories: 8, processorsPerCore: 2)

  private func advice(
    _ shape: ProcessorShape, quota: Double? = nil, batch: [String: String]? = nil,
    batches: Int = 10000, isSmall: Bool = false, mostRanks: Int = .max
  ) -> LaunchAdvice {
    let allocation = batch.flatMap { BatchAllocation($0) { _ in nil } }
    return LaunchAdvice(
      .init(shape: shape, quota: quota, batch: allocation), batches: batches, isSmall: isSmall
    ) { _ in mostRanks }
  }

  @Test
  func `cores that share a cache form a rank, with one thread for each core`() {
    let advice = advice(Self.twoPackages)
    #expect(advice.command == "mpirun -n 16 --bind-to none diffuse-mpi --threads 8 --pin ranks …")
    #expect(advice.text == "16 ranks × 8 threads: the cores of a rank share a cache")
  }

  @Test(arguments: [
    (64, 8, 8), (12, 2, 6), (22, 11, 2), (7, 1, 7), (4, 1, 4), (1, 1, 1), (13, 13, 1),
  ])
  func `a rank has the largest number of threads up to 8 that divides the cores of a cache`(
    cores: Int, ranks: Int, threads: Int
  ) {
    let advice = advice(
      ProcessorShape(coresByCache: [cores], memories: 1, processorsPerCore: 1))
    #expect(advice.ranksPerNode == ranks && advice.threads == threads)
    #expect(!advice.command.contains("--threads"))
    #expect(advice.command.hasPrefix("mpirun") == (ranks > 1))
  }

  @Test
  func `a small network gets a rank for each core`() {
    let advice = advice(Self.twoPackages, isSmall: true)
    #expect(advice.text == "128 ranks × 1 thread: the network is too small for several threads")
  }

  @Test
  func `there are no more ranks than batches, and no more than the memory holds`() {
    let few = advice(Self.twoPackages, batches: 5)
    #expect(few.text == "4 ranks × 32 threads: the job has only 5 batches")
    let tight = advice(Self.twoPackages, mostRanks: 10)
    #expect(tight.text == "8 ranks × 16 threads: the memory of a node holds no more ranks")
    #expect(advice(Self.twoPackages, mostRanks: 0).ranksPerNode == 1)
  }

  @Test
  func `in a Slurm job, the advice is for all its nodes and for both launchers`() {
    let advice = advice(
      Self.twoPackages, batch: ["SLURM_JOB_ID": "7", "SLURM_JOB_CPUS_PER_NODE": "256(x3)"])
    #expect(
      advice.command == "mpirun -n 48 --map-by ppr:16:node --bind-to none diffuse-mpi --threads 8 "
        + "--pin ranks …")
    #expect(
      advice.slurmCommand == "srun --mpi=pmix --ntasks-per-node=16 --cpus-per-task=16 diffuse-mpi "
        + "--threads 8 --pin ranks …")
    #expect(advice.text.contains("16 ranks × 8 threads on each of 3 nodes"))
  }

  @Test
  func `the smallest node of an allocation and a container's quota limit the cores`() {
    let shape = ProcessorShape(coresByCache: [16, 16], memories: 2, processorsPerCore: 1)
    let shared = advice(shape, batch: ["SLURM_JOB_ID": "7", "SLURM_JOB_CPUS_PER_NODE": "16,4"])
    #expect(shared.nodes == 2 && shared.ranksPerNode * shared.threads == 4)
    let container = advice(shape, quota: 6.5)
    #expect(container.ranksPerNode * container.threads == 6)
    #expect(advice(shape, quota: 0.5).command == "diffuse-mpi …")
  }
}
