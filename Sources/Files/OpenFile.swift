import Glibc
import Synchronization

/// An open file, which is closed when the object is released.
///
/// Reads and writes take an offset, so several threads can use one object. Calls that a signal
/// interrupts are repeated.
package final class OpenFile: Sendable {
  package let descriptor: Int32
  private let isOpen = Atomic(true)

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - flags: the flags of `open(2)`. `O_CLOEXEC` is added. With `O_NONBLOCK`, opening a named
  ///     pipe does not wait for the other end.
  ///   - permissions: the permissions of a file that is created.
  package init(
    _ path: String, _ flags: Int32, permissions: mode_t = 0o666
  ) throws(SystemError) {
    descriptor = try SystemError.check { open(path, flags | O_CLOEXEC, permissions) }
  }

  /// Takes ownership of an open descriptor.
  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit {
    if isOpen.load(ordering: .relaxed) { Glibc.close(descriptor) }
  }

  /// Closes the file before the object is released, because network file systems may report a full
  /// disk only then. A second call has no effect.
  package func close() throws(SystemError) {
    guard isOpen.exchange(false, ordering: .relaxed) else { return }
    guard Glibc.close(descriptor) == 0 else { throw .last }
  }

  package func status() throws(SystemError) -> stat {
    var status = stat()
    _ = try SystemError.check { fstat(descriptor, &status) }
    return status
  }

  /// Returns whether `path` still refers to this file.
  package func isAt(_ path: String) -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && lstat(path, &there) == 0
      && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
  }

  /// Reads from `offset` until `buffer` is full or the file ends.
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

  /// Writes all of `bytes`, starting at `offset`.
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

  /// Truncates the file to `byteCount` bytes, or extends it with zeros.
  package func resize(to byteCount: Int) throws(SystemError) {
    _ = try SystemError.check { ftruncate(descriptor, off_t(byteCount)) }
  }

  /// Reserves disk space for the bytes of `range`.
  package func allocate(_ range: Range<Int>) throws(SystemError) {
    var code = EINTR
    while code == EINTR {
      code = posix_fallocate(descriptor, off_t(range.lowerBound), off_t(range.count))
    }
    guard code == 0 else { throw SystemError(code) }
  }

  /// Waits until everything that was written is on the disk.
  package func synchronize() throws(SystemError) {
    _ = try SystemError.check { fsync(descriptor) }
  }

  /// Takes the exclusive lock on the file, which other processes respect (`flock(2)`).
  ///
  /// The lock is released when the process that holds it ends for any reason.
  ///
  /// - Parameter waits: whether to wait while another process has the lock. Otherwise the call then
  ///   fails with `EWOULDBLOCK`.
  package func lock(waits: Bool) throws(SystemError) {
    _ = try SystemError.check { flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) }
  }

  /// Releases the lock. Closing the file is not enough, because its mappings would keep the lock.
  package func unlock() {
    flock(descriptor, LOCK_UN)
  }
}
