import COpenMPI

/// Transfers in the order in which they were started, advanced together.
struct PendingTransfers {
  private var transfers: [PendingTransfer] = []
  /// The request of each transfer. MPI takes requests, like the next two, as one array.
  private var requests: [MPI_Request?] = []
  private var indices: [Int32] = []
  private var statuses: [MPI_Status] = []

  var isEmpty: Bool { transfers.isEmpty }

  /// The number of transfers with ranks that are not in `lost`.
  func count(without lost: Set<Int>) -> Int {
    lost.isEmpty ? transfers.count : transfers.count { !lost.contains($0.peer) }
  }

  mutating func append(_ transfer: PendingTransfer, _ request: MPI_Request?) {
    transfers.append(transfer)
    requests.append(request)
    indices.append(0)
    statuses.append(MPI_Status())
  }

  /// Advances all transfers, and marks those that are complete, or that failed because their peer
  /// died. Returns whether there are any.
  mutating func advance() throws(MPIError) -> Bool {
    guard !isEmpty else { return false }
    var completed: Int32 = 0
    let code = MPI_Testsome(
      Int32(requests.count), &requests, &completed, &indices, &statuses)
    let tellsFailures = MPIError.errorClass(of: code) == MPI_ERR_IN_STATUS
    if !tellsFailures { try MPIError.check(code, "MPI_Testsome") }
    // MPI_UNDEFINED, which is negative, if every request was already complete.
    guard completed > 0 else { return false }
    for (index, status) in zip(indices, statuses).prefix(Int(completed)) {
      let hasFailed = tellsFailures && status.MPI_ERROR != MPI_SUCCESS
      transfers[Int(index)].state = hasFailed ? .failed : .complete
    }
    return true
  }

  /// Removes and returns the transfers for which `isTaken` is true. It is called in order.
  mutating func remove(where isTaken: (PendingTransfer) -> Bool) -> [PendingTransfer] {
    var taken: [PendingTransfer] = []
    var kept = PendingTransfers()
    for (transfer, request) in zip(transfers, requests) {
      if isTaken(transfer) { taken.append(transfer) } else { kept.append(transfer, request) }
    }
    self = kept
    return taken
  }
}
