import Foundation

/// A block of memory aligned to cache lines, zeroed, freed with its last owner.
package final class AlignedBuffer: @unchecked Sendable {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int

  package init(byteCount: Int) throws {
    var pointer: UnsafeMutableRawPointer?
    guard posix_memalign(&pointer, 64, max(byteCount, 64)) == 0, let pointer else {
      throw ComputeError.outOfMemory(bytes: byteCount)
    }
    memset(pointer, 0, max(byteCount, 64))
    base = pointer
    self.byteCount = byteCount
  }

  deinit { free(base) }
}
