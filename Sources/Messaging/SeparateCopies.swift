import Foundation
import Job

/// Processes that a launcher started side by side without MPI. Each would use the whole job and the
/// output folder as if it were alone.
package struct SeparateCopies: Sendable, Equatable {
  /// The launcher that started them.
  private let launcher: Launcher

  private let count: Int

  /// The index of this process among them, from 0.
  package let index: Int

  /// - Parameter variables: an environment in which no MPI launcher started the process.
  init?(_ variables: [String: String]) {
    for launcher in Launcher.allCases {
      guard let (index, count) = launcher.place(variables), count > 1 else { continue }
      (self.launcher, self.index, self.count) = (launcher, index, count)
      return
    }
    return nil
  }

  /// The problem, and what to do.
  package var failure: Failure {
    Failure(
      """
      \(launcher.text) started \(count) separate copies of this program, which cannot work \
      together: \(launcher.remedy)
      """, status: .usage)
  }

  private enum Launcher: CaseIterable {
    case srun
    case hydra
    case torchrun

    var text: String {
      switch self {
      case .srun: "srun"
      case .hydra: "the mpiexec of MPICH or Intel MPI"
      case .torchrun: "torchrun"
      }
    }

    var remedy: String {
      switch self {
      case .srun: "use srun --mpi=pmix or mpirun, or -n 1 for a single process"
      case .hydra:
        "use Open MPI's mpirun, or unset PMI_RANK and PMI_SIZE if this is a single process"
      case .torchrun: "use mpirun, which needs no torchrun"
      }
    }

    /// The index of the process and the number of processes, according to an environment.
    func place(_ variables: [String: String]) -> (index: Int, count: Int)? {
      let number = { (name: String) in variables[name].flatMap(Int.init) }
      switch self {
      case .srun:
        // A batch script or an interactive shell has no step, or one with a reserved number.
        guard let step = number("SLURM_STEP_ID"), step < 0xFFFF_FF00,
          let count = number("SLURM_STEP_NUM_TASKS") ?? number("SLURM_NTASKS"),
          let index = number("SLURM_PROCID")
        else { return nil }
        return (index, count)
      case .hydra:
        guard let index = number("PMI_RANK"), let count = number("PMI_SIZE") else { return nil }
        return (index, count)
      case .torchrun:
        guard number("LOCAL_RANK") != nil, let index = number("RANK"),
          let count = number("WORLD_SIZE")
        else { return nil }
        return (index, count)
      }
    }
  }
}
