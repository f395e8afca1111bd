import Foundation
import Wording

/// A file mapped read-only into memory, which every process that maps it shares.
///
/// All reads are checked against `count`. A file that another process truncates while it is mapped
/// is beyond what can be checked.
package final class MappedFile: Sendable {
  package let path: String
  /// Bytes in the file.
  let count: Int
  /// Of the file when it was opened.
  package let identity: FileIdentity
  /// `nil` for an empty file, which cannot be mapped. The mapping is never written to, so it can
  /// be read from any thread.
  private nonisolated(unsafe) let base: UnsafeRawPointer?

  /// Maps the regular file at `path`; throws `CheckpointError.unreadable` otherwise.
  package init(_ path: String) throws(CheckpointError) {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .unreadable(path: path, reason: Self.openFailure(path, errno))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR:
      throw .unreadable(path: path, reason: ForeignFormat.folder(path))
    default:
      throw .unreadable(
        path: path, reason: "is not a regular file and cannot be mapped: copy it to one")
    }
    self.path = path
    count = Int(status.st_size)
    identity = FileIdentity(status)
    guard count > 0 else {
      base = nil
      return
    }
    guard let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      mapping != MAP_FAILED
    else {
      throw .unreadable(
        path: path, reason: "cannot be mapped into memory: \(String(cString: strerror(errno)))")
    }
    base = UnsafeRawPointer(mapping)
  }

  deinit {
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// The bytes of `range`, valid while the file is alive. The range must lie within the file.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return UnsafeRawBufferPointer(start: base, count: count)[range].rebased
  }

  /// Lets go of the memory that the pages of `range` take here; they can be read again.
  func release(_ range: Range<Int>) {
    guard let base, !range.isEmpty else { return }
    let firstPage = range.lowerBound / Self.pageSize * Self.pageSize
    madvise(
      UnsafeMutableRawPointer(mutating: base + firstPage), range.upperBound - firstPage,
      MADV_DONTNEED)
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// Whether the bytes at `offset` are `signature`; false where the file ends before.
  func has(_ signature: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, count - offset >= signature.count else { return false }
    return bytes(offset..<offset + signature.count).elementsEqual(signature)
  }

  /// The error that says what is wrong at `place` in this file.
  func badData(_ place: String?, _ reason: String) -> CheckpointError {
    .badData(path: path, place: place.map(Self.printable), reason: Self.printable(reason))
  }

  /// The error that says that a state dict is not in this file.
  func noSuchKey(_ reason: String) -> CheckpointError {
    .noSuchKey(path: path, reason: Self.printable(reason))
  }

  /// `text` in a form that does a terminal no harm, since names in it are the file's own.
  private static func printable(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(1000).map { $0.isPrintable ? $0 : "?" }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func openFailure(_ path: String, _ code: Int32) -> String {
    if path.contains("://") { return "is an address, not a file: download it first (curl -LO)" }
    return switch code {
    case ENOENT: "no such file: check the path"
    case EACCES: "may not be read: check its permissions"
    default: "cannot be opened: \(String(cString: strerror(code)))"
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate var rebased: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self) }
}
