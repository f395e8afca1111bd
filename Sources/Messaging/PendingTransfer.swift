import COpenMPI

/// A buffer that belongs to MPI until its request is complete.
final class PendingTransfer {
  let buffer: UnsafeMutableRawBufferPointer
  let peer: Int
  let tag: Int32
  var request: MPI_Request?
  private var completed = false

  init(byteCount: Int, peer: Int, tag: Int32) {
    // 16 bytes: malloc's own alignment. Never empty, so that MPI always gets a real address.
    let whole = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(byteCount, 1), alignment: 16)
    buffer = UnsafeMutableRawBufferPointer(rebasing: whole[..<byteCount])
    self.peer = peer
    self.tag = tag
  }

  convenience init(copying bytes: [UInt8], peer: Int, tag: Int32) {
    self.init(byteCount: bytes.count, peer: peer, tag: tag)
    buffer.copyBytes(from: bytes)
  }

  deinit {
    // MPI may still write into the buffer of a request that never completed: leave it that buffer.
    if completed { buffer.deallocate() }
  }

  /// The length as MPI counts; longer messages than 2 GiB are not made anywhere.
  var mpiCount: Int32 { Int32(buffer.count) }

  /// Moves the transfer on and says whether it is done.
  func isComplete() throws(MPIError) -> Bool {
    var done: Int32 = 0
    try MPIError.check(MPI_Test(&request, &done, dmpi_status_ignore()), "MPI_Test")
    if done != 0 { completed = true }
    return completed
  }
}
