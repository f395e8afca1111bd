import COpenMPI
import Foundation
import Job
import Synchronization
import Terminal

/// The time between `MPI_Init` and `MPI_Finalize`. The main thread of a process holds the only
/// session.
///
/// A process that no launcher started is the only rank and does not use MPI. Only the main thread
/// may call MPI.
package struct MPISession: ~Copyable {
  /// The communicator of all ranks of the job.
  package let communicator: Communicator

  private static let exitCode = Atomic<Int32>(0)

  /// The time in seconds that MPI may take to start. 256 ranks on two processors take 3 seconds.
  private static let startLimit: UInt32 = 60

  /// The time in seconds that `MPI_Finalize` may take before the process ends without it. The more
  /// ranks share a processor, the longer it takes: 3 seconds for 256 ranks on two processors.
  private var finalizeLimit: UInt32 { 3 + UInt32(communicator.rankCount / 20) }

  /// - Throws: `MPIError`, or a `Failure` if several processes were started that cannot form one
  ///   job.
  package init() throws {
    let launch = LaunchEnvironment.current
    if let copies = launch.separateCopies { throw copies.failure }
    guard launch.isLaunched else {
      communicator = Communicator()
      return
    }
    // Ranks that end need not wait for each other. Without this setting, MPI_Finalize of OpenMPI 4
    // hangs if a rank was lost.
    setenv("OMPI_MCA_async_mpi_finalize", "1", 0)
    // Within a host, shared memory is enough. Looking for a network takes 0.2 s.
    if launch.isOnOneHost { setenv("OMPI_MCA_pml", "ob1", 0) }
    Self.watchStart(rank: launch.rank)
    defer { alarm(0) }
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
    try launch.check(rankCount: everyone.rankCount)
    try everyone.exchangeProcessIdentities()
    communicator = everyone
  }

  /// Ends the process if MPI does not start. Under some launchers, such as `mpirun
  /// --enable-recovery`, a job continues when a rank dies at the very beginning, and the others
  /// would wait in `MPI_Init` forever.
  private static func watchStart(rank: Int) {
    guard rank == 0 else {
      return setAlarm(after: startLimit) { _ in _exit(ExitStatus.incomplete.rawValue) }
    }
    setAlarm(after: startLimit) { _ in
      StandardStream.writeFromSignalHandler(
        """
        error: MPI did not start within 60 s, perhaps because a rank died meanwhile: start the job \
        again. If this happens each time, the nodes cannot reach each other: see docs/cluster.md

        """)
      _exit(ExitStatus.incomplete.rawValue)
    }
  }

  /// Calls `handler` after some seconds. An alarm needs no thread, and threads may be what is
  /// missing.
  private static func setAlarm(
    after seconds: UInt32, _ handler: @escaping @convention(c) (Int32) -> Void
  ) {
    signal(SIGALRM, handler)
    // The process may have been started with the signal blocked.
    var alone = sigset_t()
    sigemptyset(&alone)
    sigaddset(&alone, SIGALRM)
    sigprocmask(SIG_UNBLOCK, &alone, nil)
    alarm(seconds)
  }

  /// Finalizes MPI and ends the process with `status`, even if other threads are still running.
  ///
  /// If `MPI_Finalize` hangs, the process ends without it after some seconds.
  package consuming func end(with status: ExitStatus) -> Never {
    StandardStream.flushAll()
    let code = status.rawValue
    guard LaunchEnvironment.current.isLaunched else { _exit(code) }
    // Libraries that unload plug-ins while their threads use them sometimes crash. The outcome of
    // the job is already decided at this point.
    Self.exitCode.store(code, ordering: .relaxed)
    for fault in [SIGSEGV, SIGBUS, SIGABRT] { signal(fault, Self.leave) }
    Self.setAlarm(after: finalizeLimit, Self.leave)
    communicator.endLost(code)
    MPI_Finalize()
    // Not exit(), because its handlers would tear down libraries that a computing thread still
    // uses.
    _exit(code)
  }

  private static let leave: @convention(c) (Int32) -> Void = { _ in
    _exit(MPISession.exitCode.load(ordering: .relaxed))
  }
}
