/// A buffer that belongs to MPI until its request is complete.
final class PendingTransfer {
  let buffer: UnsafeMutableRawBufferPointer
  let peer: Int
  let tag: Int32
  var state = State.pending

  enum State {
    case pending
    /// MPI has given the buffer back.
    case complete
    /// The peer died; nothing comes of it.
    case failed
  }

  init(byteCount: Int, peer: Int, tag: Int32) {
    // 16 bytes: malloc's own alignment. Never empty, so that MPI always gets a real address.
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
    // MPI may still write into the buffer of a request that never completed: leave it that buffer.
    if state == .complete { buffer.deallocate() }
  }

  /// The length as MPI counts; longer messages than 2 GiB are not made anywhere.
  var mpiCount: Int32 { Int32(buffer.count) }
}
