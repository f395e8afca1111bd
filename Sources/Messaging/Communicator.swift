import COpenMPI
import Foundation

/// Packets of bytes between ranks, by MPI, without ever blocking.
///
/// Belongs to the main thread. Nothing moves between calls of `exchange`.
package final class Communicator {
  /// Bytes that arrived from another rank.
  struct Packet {
    let source: Int
    let tag: Int32
    let bytes: [UInt8]
  }

  /// This process's rank.
  package let rank: Int
  /// How many ranks the job has.
  package let rankCount: Int

  private let comm: MPI_Comm
  private var sends: [PendingTransfer] = []
  private var receives: [PendingTransfer] = []

  init(_ comm: MPI_Comm) throws(MPIError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank")
    try MPIError.check(MPI_Comm_size(comm, &size), "MPI_Comm_size")
    self.comm = comm
    self.rank = Int(rank)
    self.rankCount = Int(size)
  }

  /// Starts to send `bytes`, which are kept until they have left.
  func send(_ bytes: [UInt8], tag: Int32, to rank: Int) throws(MPIError) {
    let transfer = PendingTransfer(copying: bytes, peer: rank, tag: tag)
    let (buffer, count) = (transfer.buffer.baseAddress, transfer.mpiCount)
    try MPIError.check(
      MPI_Isend(buffer, count, dmpi_byte(), Int32(rank), tag, comm, &transfer.request),
      "MPI_Isend")
    sends.append(transfer)
  }

  /// Whether bytes given to `send` are still on their way.
  var isSending: Bool { !sends.isEmpty }

  /// Moves transfers on and returns the packets that have arrived, in order for each source.
  func exchange() throws -> [Packet] {
    sends = try sends.filter { try !$0.isComplete() }
    while let transfer = try matchArrived() { receives.append(transfer) }
    var arrived: [Packet] = []
    var waiting: [PendingTransfer] = []
    var sourcesToWaitFor: Set<Int> = []
    for transfer in receives {
      // A short message may complete before a long one sent earlier: it must not overtake.
      if try !sourcesToWaitFor.contains(transfer.peer) && transfer.isComplete() {
        arrived.append(
          Packet(source: transfer.peer, tag: transfer.tag, bytes: Array(transfer.buffer)))
      } else {
        sourcesToWaitFor.insert(transfer.peer)
        waiting.append(transfer)
      }
    }
    receives = waiting
    return arrived
  }

  private func matchArrived() throws(MPIError) -> PendingTransfer? {
    var found: Int32 = 0
    var message: MPI_Message?
    var status = MPI_Status()
    try MPIError.check(
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &found, &message, &status), "MPI_Improbe")
    guard found != 0 else { return nil }
    var count: Int32 = 0
    try MPIError.check(MPI_Get_count(&status, dmpi_byte(), &count), "MPI_Get_count")
    let transfer = PendingTransfer(
      byteCount: Int(count), peer: Int(status.MPI_SOURCE), tag: status.MPI_TAG)
    try MPIError.check(
      MPI_Imrecv(
        transfer.buffer.baseAddress, count, dmpi_byte(), &message, &transfer.request),
      "MPI_Imrecv")
    return transfer
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
    let (buffer, count) = (transfer.buffer.baseAddress, transfer.mpiCount)
    try MPIError.check(
      MPI_Ibcast(buffer, count, dmpi_byte(), 0, comm, &transfer.request), "MPI_Ibcast")
    return try finish(transfer)
  }

  private func allGather(equalSized bytes: [UInt8]) throws -> [[UInt8]] {
    let size = bytes.count
    let transfer = PendingTransfer(byteCount: size * rankCount, peer: rank, tag: 0)
    transfer.buffer[(rank * size)..<((rank + 1) * size)].copyBytes(from: bytes)
    let buffer = transfer.buffer.baseAddress
    try MPIError.check(
      MPI_Iallgather(
        dmpi_in_place(), 0, dmpi_byte(), buffer, Int32(size), dmpi_byte(), comm,
        &transfer.request),
      "MPI_Iallgather")
    let all = try finish(transfer)
    return (0..<rankCount).map { Array(all[($0 * size)..<(($0 + 1) * size)]) }
  }

  /// Waits without spinning, for a rank that is waited for may share this one's core.
  private func finish(_ transfer: PendingTransfer) throws -> [UInt8] {
    while try !transfer.isComplete() { EventLoop.nap() }
    return Array(transfer.buffer)
  }
}
