import Glibc
import Synchronization

/// An open file, which is closed when the value is let go of.
///
/// Reading and writing name the offset, so one value can be used by several threads. Calls that a
/// signal interrupts are made again.
package final class OpenFile: Sendable {
  package let descriptor: Int32
  private let isOpen = Atomic(true)

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - flags: those of `open(2)`; `O_CLOEXEC` is added. With `O_NONBLOCK`, opening a named pipe
  ///     does not wait for the other end.
  ///   - permissions: those of a file that is created.
  package init(
    _ path: String, _ flags: Int32, permissions: mode_t = 0o666
  ) throws(SystemError) {
    descriptor = try SystemError.check { open(path, flags | O_CLOEXEC, permissions) }
  }

  /// Takes over an open descriptor.
  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit {
    if isOpen.load(ordering: .relaxed) { Glibc.close(descriptor) }
  }

  /// Closes the file before the value is let go of: network file systems may report a full disk only
  /// then. A file that is closed stays so.
  package func close() throws(SystemError) {
    guard isOpen.exchange(false, ordering: .relaxed) else { return }
    guard Glibc.close(descriptor) == 0 else { throw .last }
  }

  package func status() throws(SystemError) -> stat {
    var status = stat()
    _ = try SystemError.check { fstat(descriptor, &status) }
    return status
  }

  /// Whether the file is still the one that `path` names.
  package func isAt(_ path: String) -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && lstat(path, &there) == 0
      && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
  }

  /// Reads from `offset` on until `buffer` is full or the file ends.
  ///
  /// - Returns: the number of bytes read.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SystemError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = try SystemError.check {
        pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Writes all of `bytes` from `offset` on.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      done += try SystemError.check {
        pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      }
    }
  }

  package func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(SystemError) in
      try write(UnsafeRawBufferPointer(bytes), at: offset)
    }
  }

  /// Cuts the file off after `byteCount` bytes, or fills it up with zeros.
  package func resize(to byteCount: Int) throws(SystemError) {
    _ = try SystemError.check { ftruncate(descriptor, off_t(byteCount)) }
  }

  /// Reserves room on the disk for the bytes of `range`.
  package func allocate(_ range: Range<Int>) throws(SystemError) {
    var code = EINTR
    while code == EINTR {
      code = posix_fallocate(descriptor, off_t(range.lowerBound), off_t(range.count))
    }
    guard code == 0 else { throw SystemError(code) }
  }

  /// Waits until the disk has everything that was written.
  package func synchronize() throws(SystemError) {
    _ = try SystemError.check { fsync(descriptor) }
  }

  /// Takes the exclusive lock on the file, which other processes respect (`flock(2)`).
  ///
  /// The lock goes with the process that holds it, however that ends.
  ///
  /// - Parameter waits: whether to wait for a process that has it; without that, the call fails with
  ///   `EWOULDBLOCK`.
  package func lock(waits: Bool) throws(SystemError) {
    _ = try SystemError.check { flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) }
  }

  /// Gives the lock back. Closing alone would leave it with the file's mappings.
  package func unlock() {
    flock(descriptor, LOCK_UN)
  }
}
