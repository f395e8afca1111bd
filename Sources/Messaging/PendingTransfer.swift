/// A buffer that belongs to MPI until its request is complete.
final class PendingTransfer {
  let buffer: UnsafeMutableRawBufferPointer
  let peer: Int
  let tag: Int32
  var state = State.pending

  enum State {
    case pending
    /// MPI has returned the buffer.
    case complete
    /// The peer died, so the transfer will not complete.
    case failed
  }

  init(byteCount: Int, peer: Int, tag: Int32) {
    // Aligned to 16 bytes as by malloc, and never empty, so that MPI always gets a real address.
    let whole = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(byteCount, 1), alignment: 16)
    buffer = UnsafeMutableRawBufferPointer(rebasing: whole[..<byteCount])
    self.peer = peer
    self.tag = tag
  }

  /// Holds the bytes of `head`, then those of `body`.
  convenience init(copying head: [UInt8], _ body: [UInt8] = [], peer: Int, tag: Int32) {
    self.init(byteCount: head.count + body.count, peer: peer, tag: tag)
    buffer.copyBytes(from: head)
    buffer[head.count...].copyBytes(from: body)
  }

  deinit {
    // MPI may still write into the buffer of a request that never completed, so the buffer is
    // leaked.
    if state == .complete { buffer.deallocate() }
  }

  /// The length in MPI's type. No message is longer than 2 GiB.
  var mpiCount: Int32 { Int32(buffer.count) }
}
