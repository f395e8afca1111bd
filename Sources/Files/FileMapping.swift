import Glibc

/// Bytes of a file in memory, for as long as the value lives. Every process that maps the same bytes
/// shares their pages, and they stay when the file is removed.
///
/// A file that someone truncates while it is mapped is beyond what can be checked.
package final class FileMapping: Sendable {
  package enum Access: Sendable {
    /// Bytes that are only read, and on which writes by others after the first look may not show.
    case privateReading
    /// Bytes that are only read.
    case reading
    /// Bytes that are read and written. The disk must have room for them (`OpenFile.allocate`):
    /// touching a page that has none is fatal.
    case writing
  }

  private nonisolated(unsafe) let mapped: UnsafeMutableRawBufferPointer

  /// Maps `range`, which starts at a page; an empty one takes nothing.
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

  /// The same bytes, for a mapping that may be written to.
  package var writableBytes: UnsafeMutableRawBufferPointer { mapped }

  /// Forbids writing from now on.
  package func makeReadOnly() {
    if let base = mapped.baseAddress { mprotect(base, mapped.count, PROT_READ) }
  }

  /// Lets go of the memory that the pages of `range` take in this process; they can be read again.
  package func release(_ range: Range<Int>) {
    guard let base = mapped.baseAddress, !range.isEmpty else { return }
    let firstPage = range.lowerBound / Self.pageSize * Self.pageSize
    madvise(base + firstPage, range.upperBound - firstPage, MADV_DONTNEED)
  }

  /// Bytes of a page; a mapping starts at a multiple of it.
  package static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
}
