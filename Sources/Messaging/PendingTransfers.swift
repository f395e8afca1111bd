import COpenMPI

/// Transfers in the order in which they were started, moved on together.
struct PendingTransfers {
  private var transfers: [PendingTransfer] = []
  /// A request a transfer; MPI takes them as one array.
  private var requests: [MPI_Request?] = []
  private var indices: [Int32] = []

  var count: Int { transfers.count }
  var isEmpty: Bool { transfers.isEmpty }

  mutating func append(_ transfer: PendingTransfer, _ request: MPI_Request?) {
    transfers.append(transfer)
    requests.append(request)
    indices.append(0)
  }

  /// Moves all on and marks those that are complete; returns whether there are any.
  mutating func advance() throws(MPIError) -> Bool {
    guard !isEmpty else { return false }
    var completed: Int32 = 0
    try MPIError.check(
      MPI_Testsome(
        Int32(requests.count), &requests, &completed, &indices, dmpi_statuses_ignore()),
      "MPI_Testsome")
    // MPI_UNDEFINED, which is negative, when every request was complete before.
    guard completed > 0 else { return false }
    for index in indices.prefix(Int(completed)) { transfers[Int(index)].isComplete = true }
    return true
  }

  /// Removes and returns the transfers for which `isTaken` holds, asked in order.
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
