import COpenMPI
import Foundation
import Job
import Machine

/// Facts from the launcher (mpirun, srun) about a process, available before MPI is initialised.
///
/// A variable that looks like a rank does not prove that the process is one. Users export such
/// variables, and shells inside a job inherit them from the process that started them.
package struct LaunchEnvironment: Sendable {
  /// Whether a launcher started the process in a way that MPI understands.
  package let isLaunched: Bool

  /// The rank, or 0 for a process started by hand.
  package let rank: Int

  /// The number of ranks that the launcher started, if it reports it.
  let rankCount: Int?

  /// Whether all ranks are known to run on this host.
  package let isOnOneHost: Bool

  /// Set if a launcher started several processes that MPI cannot combine into one job.
  package let separateCopies: SeparateCopies?

  /// Whether the launcher itself started the process, not a shell or a script in a job.
  private let isChildOfLauncher: Bool

  /// The environment of this process.
  package static let current = LaunchEnvironment(
    ProcessInfo.processInfo.environment, parent: parentName)

  /// - Parameter parent: the name of the process that started this one.
  package init(_ variables: [String: String], parent: String = "") {
    let number = { (name: String) in variables[name].flatMap(Int.init) }
    let usesPMIx = variables["PMIX_NAMESPACE"] != nil && !PMIxServer.isGone(variables)
    // The older protocol of Slurm and Flux, which some builds of Open MPI support.
    let usesPMI =
      (number("PMI_SIZE") ?? 1) > 1 && number("PMI_RANK") != nil
      && (!dmpi_is_open_mpi() || variables["SLURM_STEP_ID"] != nil
        || variables["FLUX_JOB_ID"] != nil)
    let names = usesPMIx ? ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"] : ["PMI_RANK"]
    let rank = usesPMIx || usesPMI ? names.lazy.compactMap(number).first : nil
    self.rank = rank ?? 0
    isLaunched = rank != nil
    rankCount = isLaunched ? number(usesPMIx ? "OMPI_COMM_WORLD_SIZE" : "PMI_SIZE") : nil
    // Open MPI's mpirun sets both variables. Under srun it is not known whether there is one host.
    let size = number("OMPI_COMM_WORLD_SIZE")
    isOnOneHost = !isLaunched || (size != nil && size == number("OMPI_COMM_WORLD_LOCAL_SIZE"))
    separateCopies = isLaunched ? nil : SeparateCopies(variables)
    isChildOfLauncher = Launcher.isName(parent)
  }

  private static var parentName: String {
    let name = try? String(contentsOfFile: "/proc/\(getppid())/comm", encoding: .utf8)
    return name?.trimmingCharacters(in: .newlines) ?? ""
  }

  /// The process that prints a message that all processes of a job, or all copies of the program,
  /// have in common.
  package enum Speaker: Sendable {
    /// This process.
    case this
    /// Rank 0, which prints the same.
    case other
    /// Perhaps rank 0. The launched process may be a script, or a shell in a job may still have the
    /// variables of its rank.
    case unknown
  }

  package var speaker: Speaker {
    if separateCopies?.index ?? rank == 0 { return .this }
    return isChildOfLauncher ? .other : .unknown
  }

  /// Compares the launcher's number of ranks with MPI's.
  ///
  /// - Throws: a `Failure` if the launcher started several processes, and MPI knows only this one.
  func check(rankCount actual: Int) throws(Failure) {
    guard actual == 1, let rankCount, rankCount > 1 else { return }
    throw Failure(
      """
      the launcher started \(rankCount) processes, but MPI takes each for a job of its own: use \
      the mpirun of the MPI library that this program was built with, or srun --mpi=pmix; for a \
      single process in a shell that an earlier job left behind, unset PMIX_NAMESPACE
      """, status: .usage)
  }
}
