import COpenMPI
import Foundation
import Job
import Synchronization

/// The time between `MPI_Init` and `MPI_Finalize`; a process has one, held by its main thread.
///
/// A process that no launcher started is the one rank there is, and leaves MPI alone. Only the main
/// thread may call MPI.
package struct MPISession: ~Copyable {
  /// All ranks of the job.
  package let communicator: Communicator

  private static let exitCode = Atomic<Int32>(0)
  /// Seconds; 256 ranks on two processors take three.
  private static let startLimit = 60.0

  /// How long `MPI_Finalize` may take, in seconds, before the process ends without it; it takes
  /// longer the more ranks share a processor: 3 seconds for 256 ranks on two.
  private var finalizeLimit: Double { 3 + 0.05 * Double(communicator.rankCount) }

  package init() throws(MPIError) {
    guard LaunchEnvironment.current.isLaunched else {
      communicator = Communicator()
      return
    }
    // Ranks that end need not wait for each other; without this OpenMPI 4's MPI_Finalize hangs
    // when a rank was lost.
    setenv("OMPI_MCA_async_mpi_finalize", "1", 0)
    // Within a host no other network than shared memory is needed; looking for one takes 0.2 s.
    if LaunchEnvironment.current.isOnOneHost { setenv("OMPI_MCA_pml", "ob1", 0) }
    let hasStarted = Self.watchStart()
    defer { hasStarted.set() }
    var provided: Int32 = 0
    try MPIError.check(
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided), "MPI_Init_thread")
    guard provided >= Int32(MPI_THREAD_FUNNELED) else {
      throw MPIError(
        call: "MPI_Init_thread", reason: "this MPI library was built without support for threads")
    }
    try MPIError.check(
      MPI_Comm_set_errhandler(dmpi_comm_world(), dmpi_errors_return()), "MPI_Comm_set_errhandler")
    let everyone = try Communicator(dmpi_comm_world())
    try everyone.meetProcesses()
    communicator = everyone
  }

  /// Ends the process when MPI does not start: where the launcher keeps a job whose rank dies at its
  /// very beginning, as `mpirun --enable-recovery`, the others wait for it in `MPI_Init` for ever.
  ///
  /// - Returns: to be set once MPI has started.
  private static func watchStart() -> AtomicFlag {
    let hasStarted = AtomicFlag()
    let rank = LaunchEnvironment.current.rank
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: startLimit)
      guard !hasStarted.isSet else { return }
      if rank == 0 {
        let text =
          "error: MPI did not start within \(Int(startLimit)) s, perhaps because a rank "
          + "died meanwhile: start the job again\n"
        FileHandle.standardError.write(Data(text.utf8))
      }
      _exit(ExitStatus.incomplete.rawValue)
    }
    return hasStarted
  }

  /// Finalizes MPI and ends the process with `status`, whatever other threads are doing.
  ///
  /// A library that hangs in `MPI_Finalize` is left behind after some seconds.
  package consuming func end(with status: ExitStatus) -> Never {
    fflush(nil)
    let (code, limit) = (status.rawValue, finalizeLimit)
    guard LaunchEnvironment.current.isLaunched else { _exit(code) }
    // Libraries that unload their plug-ins under their own threads crash now and then; by now the
    // job's outcome is settled.
    Self.exitCode.store(code, ordering: .relaxed)
    for fault in [SIGSEGV, SIGBUS, SIGABRT] {
      signal(fault) { _ in _exit(MPISession.exitCode.load(ordering: .relaxed)) }
    }
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: limit)
      _exit(code)
    }
    communicator.endLost(code)
    MPI_Finalize()
    // Not exit(): its handlers would tear down libraries that a computing thread still uses.
    _exit(code)
  }
}
