import COpenMPI
import Foundation
import Job

/// The time between `MPI_Init` and `MPI_Finalize`; a process has one, held by its main thread.
///
/// Works without mpirun too, as the one rank there is. Only the main thread may call MPI.
package struct MPISession: ~Copyable {
  /// All ranks of the job.
  package let communicator: Communicator

  /// How long `MPI_Finalize` may take, in seconds, before the process ends without it; it takes
  /// longer the more ranks share a processor: 3 seconds for 256 ranks on two.
  private var finalizeLimit: Double { 3 + 0.05 * Double(communicator.rankCount) }

  package init() throws(MPIError) {
    // Ranks that end need not wait for each other; without this OpenMPI 4's MPI_Finalize hangs
    // when a rank was lost.
    setenv("OMPI_MCA_async_mpi_finalize", "1", 0)
    // Within a host no other network than shared memory is needed; looking for one takes 0.2 s.
    if LaunchEnvironment.current.isOnOneHost { setenv("OMPI_MCA_pml", "ob1", 0) }
    var provided: Int32 = 0
    try MPIError.check(
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided), "MPI_Init_thread")
    guard provided >= Int32(MPI_THREAD_FUNNELED) else {
      throw MPIError(
        call: "MPI_Init_thread", reason: "this MPI library was built without support for threads")
    }
    try MPIError.check(
      MPI_Comm_set_errhandler(dmpi_comm_world(), dmpi_errors_return()), "MPI_Comm_set_errhandler")
    communicator = try Communicator(dmpi_comm_world())
  }

  /// Finalizes MPI and ends the process with `status`, whatever other threads are doing.
  ///
  /// A library that hangs in `MPI_Finalize` is left behind after some seconds.
  package consuming func end(with status: ExitStatus) -> Never {
    fflush(nil)
    let (code, limit) = (status.rawValue, finalizeLimit)
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: limit)
      _exit(code)
    }
    MPI_Finalize()
    // Not exit(): its handlers would tear down libraries that a computing thread still uses.
    _exit(code)
  }
}
