import Foundation

/// What the launcher (mpirun, srun) tells a process about its place, before MPI is initialised.
package struct LaunchEnvironment: Sendable {
  /// The rank, or 0 for a process started by hand.
  package let rank: Int
  /// Whether a launcher started the process.
  package let isLaunched: Bool
  /// Whether all ranks are known to run on this host.
  package let isOnOneHost: Bool

  /// The environment of this process.
  package static let current = LaunchEnvironment(ProcessInfo.processInfo.environment)

  package init(_ variables: [String: String]) {
    var names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"]
    // A batch script's own processes have SLURM_PROCID too: it is a rank only where PMIx is spoken.
    if variables["PMIX_NAMESPACE"] != nil { names.append("SLURM_PROCID") }
    let rank = names.lazy.compactMap { variables[$0].flatMap(Int.init) }.first
    self.rank = rank ?? 0
    isLaunched = rank != nil
    // Open MPI's mpirun tells both; srun is not asked.
    let size = variables["OMPI_COMM_WORLD_SIZE"]
    isOnOneHost =
      !isLaunched || (size != nil && size == variables["OMPI_COMM_WORLD_LOCAL_SIZE"])
  }
}
