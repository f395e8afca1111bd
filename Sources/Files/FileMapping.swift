import Glibc

/// A range of a file, mapped into memory while the object is alive. All processes that map the same
/// bytes share their pages. The pages remain when the file is removed.
///
/// If someone truncates the file while it is mapped, an access may fail with SIGBUS.
package final class FileMapping: Sendable {
  package enum Access: Sendable {
    /// Read-only bytes. Later writes by other processes may not become visible.
    case privateReading
    /// Read-only bytes.
    case reading
    /// Readable and writable bytes. The disk must have space for them (`OpenFile.allocate`):
    /// touching an unallocated page raises SIGBUS.
    case writing
  }

  private nonisolated(unsafe) let mapped: UnsafeMutableRawBufferPointer

  /// Maps `range`, which starts at a page. An empty range takes no memory.
  package init(
    _ file: OpenFile, _ range: Range<Int>, _ access: Access
  ) throws(SystemError) {
    guard !range.isEmpty else {
      mapped = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let base = mmap(
      nil, range.count, access == .writing ? PROT_READ | PROT_WRITE : PROT_READ,
      access == .privateReading ? MAP_PRIVATE : MAP_SHARED, file.descriptor,
      off_t(range.lowerBound))
    guard let base, base != MAP_FAILED else { throw .last }
    mapped = UnsafeMutableRawBufferPointer(start: base, count: range.count)
  }

  deinit {
    if let base = mapped.baseAddress { munmap(base, mapped.count) }
  }

  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mapped) }

  /// The same bytes, writable. Only for a mapping with write access.
  package var writableBytes: UnsafeMutableRawBufferPointer { mapped }

  /// Makes the bytes read-only from now on.
  package func makeReadOnly() {
    if let base = mapped.baseAddress { mprotect(base, mapped.count, PROT_READ) }
  }

  /// Releases the memory that the pages of `range` take in this process. They can be read again.
  package func release(_ range: Range<Int>) {
    guard let base = mapped.baseAddress, !range.isEmpty else { return }
    let firstPage = range.lowerBound / Self.pageSize * Self.pageSize
    madvise(base + firstPage, range.upperBound - firstPage, MADV_DONTNEED)
  }

  /// Sets whether the system reads the file ahead. It does by default.
  package func setReadAhead(_ isOn: Bool) {
    if let base = mapped.baseAddress {
      madvise(base, mapped.count, isOn ? MADV_NORMAL : MADV_RANDOM)
    }
  }

  /// The size of a page in bytes. A mapping starts at a multiple of it.
  package static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
}
