import Foundation

/// A block of zeroed memory at the start of a page, freed with its last owner.
///
/// The system provides a zeroed page when it is first touched. Pages that are never written take no
/// memory.
package final class AlignedBuffer: @unchecked Sendable {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int

  package init(byteCount: Int) throws {
    let mapping = mmap(
      nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else {
      throw ComputeError.outOfMemory(bytes: byteCount)
    }
    base = mapping
    self.byteCount = byteCount
  }

  deinit { munmap(base, max(byteCount, 1)) }
}
