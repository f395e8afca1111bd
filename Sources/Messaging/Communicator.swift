import COpenMPI
import Foundation

/// Packets of bytes between ranks, by MPI, without ever blocking.
///
/// Belongs to the main thread. Nothing moves between calls of `exchange`.
package final class Communicator {
  /// This process's rank.
  package let rank: Int
  /// How many ranks the job has.
  package let rankCount: Int

  /// Messages taken in at once, so that the memory for them is bounded however many ranks send.
  private static let receiveLimit = 64

  private let comm: MPI_Comm
  private var sends = PendingTransfers()
  private var receives = PendingTransfers()

  init(_ comm: MPI_Comm) throws(MPIError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank")
    try MPIError.check(MPI_Comm_size(comm, &size), "MPI_Comm_size")
    self.comm = comm
    self.rank = Int(rank)
    self.rankCount = Int(size)
  }

  /// Starts to send a packet of `head`, then `body`, which is kept until it has left.
  func send(_ head: [UInt8], _ body: [UInt8], tag: Int32, to rank: Int) throws(MPIError) {
    let transfer = PendingTransfer(copying: head, body, peer: rank, tag: tag)
    var request: MPI_Request?
    try MPIError.check(
      MPI_Isend(
        transfer.buffer.baseAddress, transfer.mpiCount, dmpi_byte(), Int32(rank), tag, comm,
        &request),
      "MPI_Isend")
    sends.append(transfer, request)
  }

  /// Whether packets given to `send` are still on their way.
  var isSending: Bool { !sends.isEmpty }

  /// Moves transfers on.
  ///
  /// - Returns: the packets that have arrived, in order for each source, and whether anything moved,
  ///   in or out.
  func exchange() throws -> (arrived: [PendingTransfer], moved: Bool) {
    let sent = try sends.advance()
    if sent { _ = sends.remove(where: \.isComplete) }
    var matched = false
    while receives.count < Self.receiveLimit, try matchArrived() { matched = true }
    let received = try receives.advance()
    return (received ? takeArrived() : [], sent || matched || received)
  }

  private func takeArrived() -> [PendingTransfer] {
    var sourcesToWaitFor: Set<Int> = []
    return receives.remove { transfer in
      // A short message may complete before a long one sent earlier: it must not overtake.
      guard transfer.isComplete, !sourcesToWaitFor.contains(transfer.peer) else {
        sourcesToWaitFor.insert(transfer.peer)
        return false
      }
      return true
    }
  }

  /// Starts to receive the next message that has announced itself, if any.
  private func matchArrived() throws(MPIError) -> Bool {
    var found: Int32 = 0
    var message: MPI_Message?
    var status = MPI_Status()
    try MPIError.check(
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &found, &message, &status), "MPI_Improbe")
    guard found != 0 else { return false }
    var count: Int32 = 0
    try MPIError.check(MPI_Get_count(&status, dmpi_byte(), &count), "MPI_Get_count")
    let transfer = PendingTransfer(
      byteCount: Int(count), peer: Int(status.MPI_SOURCE), tag: status.MPI_TAG)
    var request: MPI_Request?
    try MPIError.check(
      MPI_Imrecv(
        transfer.buffer.baseAddress, count, dmpi_byte(), &message, &request),
      "MPI_Imrecv")
    receives.append(transfer, request)
    return true
  }
}

// MARK: - Start-up

extension Communicator {
  /// The bytes of rank 0 on every rank; a collective call.
  package func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    let count = try Int(littleEndianBytes: broadcast(equalSized: bytes.count.littleEndianBytes))
    let padding = [UInt8](repeating: 0, count: max(0, count - bytes.count))
    return try broadcast(equalSized: Array((bytes + padding).prefix(count)))
  }

  /// The bytes of every rank on every rank, by rank; a collective call.
  package func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let counts = try allGather(equalSized: bytes.count.littleEndianBytes)
      .map(Int.init(littleEndianBytes:))
    let padding = [UInt8](repeating: 0, count: (counts.max() ?? 0) - bytes.count)
    return try zip(allGather(equalSized: bytes + padding), counts).map { Array($0.prefix($1)) }
  }

  private func broadcast(equalSized bytes: [UInt8]) throws -> [UInt8] {
    let transfer = PendingTransfer(copying: bytes, peer: 0, tag: 0)
    var request: MPI_Request?
    try MPIError.check(
      MPI_Ibcast(
        transfer.buffer.baseAddress, transfer.mpiCount, dmpi_byte(), 0, comm, &request),
      "MPI_Ibcast")
    return try finish(transfer, request)
  }

  private func allGather(equalSized bytes: [UInt8]) throws -> [[UInt8]] {
    let size = bytes.count
    let transfer = PendingTransfer(byteCount: size * rankCount, peer: rank, tag: 0)
    transfer.buffer[(rank * size)..<((rank + 1) * size)].copyBytes(from: bytes)
    var request: MPI_Request?
    try MPIError.check(
      MPI_Iallgather(
        dmpi_in_place(), 0, dmpi_byte(), transfer.buffer.baseAddress, Int32(size), dmpi_byte(),
        comm, &request),
      "MPI_Iallgather")
    let all = try finish(transfer, request)
    return (0..<rankCount).map { Array(all[($0 * size)..<(($0 + 1) * size)]) }
  }

  /// Waits without spinning, for a rank that is waited for may share this one's core.
  private func finish(_ transfer: PendingTransfer, _ request: MPI_Request?) throws -> [UInt8] {
    var pending = PendingTransfers()
    pending.append(transfer, request)
    var backoff = Backoff()
    while try !pending.advance() { backoff.next(busy: false).map(Doorbell().wait) }
    return Array(transfer.buffer)
  }
}
