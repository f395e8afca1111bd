import COpenMPI
import Foundation

/// Detects dead ranks if the MPI library can: Open MPI 5.0 or newer, started with `mpirun --with-ft
/// ulfm` (user-level failure mitigation).
///
/// Its functions are looked up at run time, so that one binary works with libraries that have them
/// and libraries that do not.
struct FailureDetector {
  private let acknowledge: dmpi_failure_ack?
  private let getAcknowledged: dmpi_failure_get_acked?

  init() {
    acknowledge = Self.function("MPIX_Comm_failure_ack")
    getAcknowledged = Self.function("MPIX_Comm_failure_get_acked")
  }

  private static func function<Function>(_ name: String) -> Function? {
    dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
  }

  /// Returns whether `error` means that a peer has died.
  func isDeath(_ error: MPIError) -> Bool {
    let classes = [Int32(DMPI_ERR_PROC_FAILED), Int32(DMPI_ERR_PROC_FAILED_PENDING)]
    return acknowledge != nil && classes.contains(error.errorClass)
  }

  /// Returns all ranks that are known to be dead. The library then accepts messages from the others
  /// again.
  func deadRanks(_ comm: MPI_Comm) -> [Int] {
    var (dead, all): (MPI_Group?, MPI_Group?) = (nil, nil)
    guard let acknowledge, let getAcknowledged, acknowledge(comm) == MPI_SUCCESS,
      getAcknowledged(comm, &dead) == MPI_SUCCESS, MPI_Comm_group(comm, &all) == MPI_SUCCESS
    else { return [] }
    defer {
      MPI_Group_free(&dead)
      MPI_Group_free(&all)
    }
    var count: Int32 = 0
    guard MPI_Group_size(dead, &count) == MPI_SUCCESS, count > 0 else { return [] }
    var ranks = [Int32](repeating: 0, count: Int(count))
    let places = [Int32](0..<count)
    guard MPI_Group_translate_ranks(dead, count, places, all, &ranks) == MPI_SUCCESS else {
      return []
    }
    return ranks.map(Int.init)
  }
}
