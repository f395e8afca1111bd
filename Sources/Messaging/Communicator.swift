import COpenMPI
import Foundation

/// Exchanges packets of bytes between ranks through MPI, without ever blocking.
///
/// Used by the main thread only. Packets move only during calls of `exchange`.
package final class Communicator {
  /// The rank of this process.
  package let rank: Int
  /// The number of ranks in the job.
  package let rankCount: Int

  /// The number of messages that are received at once. It bounds their memory for any number of
  /// ranks.
  private static let receiveLimit = 64

  /// The size in bytes from which on a packet takes several calls of `exchange`, because each call
  /// moves what the network's buffers hold.
  private static let largePacket = 256 << 10
  /// How long a large packet may take. It may never arrive.
  private static let longestMove = Duration.seconds(1)

  /// The ranks that are known to be dead: those that MPI reports, and processes on this host.
  private(set) var dead: Set<Int> = []
  /// Ranks that are expected to stay silent. Transfers to and from them are not waited for, and do
  /// not delay others.
  var lost: Set<Int> = []

  /// The communicator, or `nil` in a single process, which needs no MPI.
  private let comm: MPI_Comm?
  private let detector = FailureDetector()
  private var processes = LocalProcesses()
  private var sends = PendingTransfers()
  private var receives = PendingTransfers()
  /// Until when the latest large packet is expected to be in transit.
  private var movesLargeUntil: ContinuousClock.Instant?

  init(_ comm: MPI_Comm) throws(MPIError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank")
    try MPIError.check(MPI_Comm_size(comm, &size), "MPI_Comm_size")
    self.comm = comm
    self.rank = Int(rank)
    self.rankCount = Int(size)
  }

  /// A communicator for the only rank, in a process that no launcher started.
  init() {
    comm = nil
    rank = 0
    rankCount = 1
  }

  /// Starts to send a packet of `head`, then `body`. The bytes are kept until they are sent.
  func send(_ head: [UInt8], _ body: [UInt8], tag: Int32, to rank: Int) throws(MPIError) {
    guard !dead.contains(rank) else { return }
    let transfer = PendingTransfer(copying: head, body, peer: rank, tag: tag)
    var request: MPI_Request?
    let isStarted = try succeedsUnlessPeerDied(
      MPI_Isend(
        transfer.buffer.baseAddress, transfer.mpiCount, dmpi_byte(), Int32(rank), tag, comm,
        &request),
      "MPI_Isend")
    if isStarted {
      sends.append(transfer, request)
      note(transfer)
    }
  }

  /// Whether large packets are in transit. Naps between calls of `exchange` should then be short.
  var isMovingLargePackets: Bool {
    guard let movesLargeUntil, !sends.isEmpty || !receives.isEmpty else { return false }
    return .now < movesLargeUntil
  }

  private func note(_ transfer: PendingTransfer) {
    if transfer.buffer.count >= Self.largePacket { movesLargeUntil = .now + Self.longestMove }
  }

  /// Whether packets passed to `send` are still in transit.
  var isSending: Bool { sends.count(without: lost.union(dead)) > 0 }

  /// Checks a return code as `MPIError.check` does. Returns false if a peer died, which is not an
  /// error.
  private func succeedsUnlessPeerDied(_ code: Int32, _ call: String) throws(MPIError) -> Bool {
    do {
      try MPIError.check(code, call)
      return true
    } catch {
      guard detector.isDeath(error) else { throw error }
      if let comm { dead.formUnion(detector.deadRanks(comm)) }
      return false
    }
  }

  /// Advances all transfers.
  ///
  /// - Returns: the packets that have arrived, in order for each source, and whether anything was
  ///   sent or received.
  func exchange() throws -> (arrived: [PendingTransfer], moved: Bool) {
    guard comm != nil else { return ([], false) }
    // First, so that the last messages of a rank are received before its death is noticed.
    dead.formUnion(processes.findEnded())
    let sent = try sends.advance()
    if sent { _ = sends.remove { $0.state != .pending } }
    var matched = false
    let unexpected = lost.union(dead)
    while receives.count(without: unexpected) < Self.receiveLimit, try matchArrived() {
      matched = true
    }
    let received = try receives.advance()
    return (received ? removeArrived() : [], sent || matched || received)
  }

  private func removeArrived() -> [PendingTransfer] {
    var sourcesToWaitFor: Set<Int> = []
    let taken = receives.remove { transfer in
      // A short message may complete before a longer one that was sent earlier. It must not
      // overtake.
      guard transfer.state != .pending, !sourcesToWaitFor.contains(transfer.peer) else {
        sourcesToWaitFor.insert(transfer.peer)
        return false
      }
      return true
    }
    return taken.filter { $0.state == .complete }
  }

  /// Starts to receive the next announced message, if there is one.
  private func matchArrived() throws(MPIError) -> Bool {
    var found: Int32 = 0
    var message: MPI_Message?
    var status = MPI_Status()
    let isHeard = try succeedsUnlessPeerDied(
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &found, &message, &status), "MPI_Improbe")
    guard isHeard, found != 0 else { return false }
    var count: Int32 = 0
    try MPIError.check(MPI_Get_count(&status, dmpi_byte(), &count), "MPI_Get_count")
    let transfer = PendingTransfer(
      byteCount: Int(count), peer: Int(status.MPI_SOURCE), tag: status.MPI_TAG)
    var request: MPI_Request?
    let isStarted = try succeedsUnlessPeerDied(
      MPI_Imrecv(
        transfer.buffer.baseAddress, count, dmpi_byte(), &message, &request),
      "MPI_Imrecv")
    if isStarted {
      receives.append(transfer, request)
      note(transfer)
    }
    return isStarted
  }
}

// MARK: - The end

extension Communicator {
  /// Continues the stopped processes on this host, so that they learn that the job is over.
  func resumeStopped() { processes.resumeAll() }

  /// Kills lost ranks that may still be running, because mpirun waits for every process.
  ///
  /// Only the launcher can end ranks on other hosts. It is asked to end the job, with `code`.
  func endLost(_ code: Int32) {
    dead.formUnion(processes.findEnded())
    let far = lost.subtracting(dead).filter { !processes.send(SIGKILL, to: $0) }
    if !far.isEmpty, let comm { MPI_Abort(comm, code) }
  }
}

// MARK: - Start-up

extension Communicator {
  /// Returns the bytes of rank 0 on every rank. A collective call.
  package func broadcast(_ bytes: [UInt8]) throws(MPIError) -> [UInt8] {
    guard comm != nil else { return bytes }
    let count = try Int(littleEndianBytes: broadcast(equalSized: bytes.count.littleEndianBytes))
    let padding = [UInt8](repeating: 0, count: max(0, count - bytes.count))
    return try broadcast(equalSized: Array((bytes + padding).prefix(count)))
  }

  /// Returns the bytes of all ranks on every rank, by rank. A collective call.
  package func allGather(_ bytes: [UInt8]) throws(MPIError) -> [[UInt8]] {
    guard comm != nil else { return [bytes] }
    let counts = try allGather(equalSized: bytes.count.littleEndianBytes)
      .map(Int.init(littleEndianBytes:))
    let padding = [UInt8](repeating: 0, count: (counts.max() ?? 0) - bytes.count)
    return try zip(allGather(equalSized: bytes + padding), counts).map { Array($0.prefix($1)) }
  }

  private func broadcast(equalSized bytes: [UInt8]) throws(MPIError) -> [UInt8] {
    let transfer = PendingTransfer(copying: bytes, peer: 0, tag: 0)
    var request: MPI_Request?
    try MPIError.check(
      MPI_Ibcast(
        transfer.buffer.baseAddress, transfer.mpiCount, dmpi_byte(), 0, comm, &request),
      "MPI_Ibcast")
    return try finish(transfer, request, "MPI_Ibcast")
  }

  private func allGather(equalSized bytes: [UInt8]) throws(MPIError) -> [[UInt8]] {
    let size = bytes.count
    let transfer = PendingTransfer(byteCount: size * rankCount, peer: rank, tag: 0)
    transfer.buffer[(rank * size)..<((rank + 1) * size)].copyBytes(from: bytes)
    var request: MPI_Request?
    try MPIError.check(
      MPI_Iallgather(
        dmpi_in_place(), 0, dmpi_byte(), transfer.buffer.baseAddress, Int32(size), dmpi_byte(),
        comm, &request),
      "MPI_Iallgather")
    let all = try finish(transfer, request, "MPI_Iallgather")
    return (0..<rankCount).map { Array(all[($0 * size)..<(($0 + 1) * size)]) }
  }

  /// Waits without spinning, because the rank that is waited for may share this core.
  private func finish(
    _ transfer: PendingTransfer, _ request: MPI_Request?, _ call: String
  ) throws(MPIError) -> [UInt8] {
    var pending = PendingTransfers()
    pending.append(transfer, request)
    var backoff = Backoff()
    var deadline: ContinuousClock.Instant?
    while try !pending.advance() {
      dead.formUnion(processes.findEnded())
      // Ranks that leave early for a good reason have already sent what the others wait for.
      if let dead = dead.min() {
        if deadline == nil { deadline = .now + Self.grace }
        if let deadline, .now > deadline { throw .lostAtStart(dead, call) }
      }
      if let nap = backoff.next(busy: false) { Doorbell().wait(nap) }
    }
    guard transfer.state == .complete else { throw .lostAtStart(dead.min() ?? 0, call) }
    return Array(transfer.buffer)
  }

  /// How long a collective call may continue after a rank has died.
  private static let grace = Duration.seconds(3)

  /// Exchanges the processes of all ranks, so that each rank notices deaths on its host. A
  /// collective call.
  func exchangeProcessIdentities() throws(MPIError) {
    let identities = try allGather(Array(LocalProcesses.identity.utf8))
    processes = LocalProcesses(
      identities: identities.map { String(decoding: $0, as: UTF8.self) }, own: rank)
  }
}
