import Files
import Foundation
import Wording

/// A file that is mapped read-only into memory, shared by all processes that map it.
///
/// All reads are checked against `count`. If another process truncates the file while it is mapped,
/// a read may still fail with SIGBUS.
package final class MappedFile: Sendable {
  package let path: String
  /// The size of the file in bytes.
  package let count: Int
  /// The identity of the file when it was opened.
  package let identity: FileIdentity
  private let mapping: FileMapping

  /// Maps the regular file at `path`. Throws `CheckpointError.unreadable` if this fails.
  package init(_ path: String) throws(CheckpointError) {
    let file: OpenFile
    let status: stat
    do {
      file = try OpenFile(path, O_RDONLY | O_NONBLOCK)
      status = try file.status()
    } catch {
      throw .unreadable(path: path, reason: Self.openFailure(path, error))
    }
    switch FileKind(status) {
    case .file: break
    case .folder: throw .unreadable(path: path, reason: ForeignFormat.folder(path))
    default:
      throw .unreadable(
        path: path, reason: "is not a regular file and cannot be mapped: copy it to one")
    }
    self.path = path
    count = Int(status.st_size)
    identity = FileIdentity(status)
    do {
      mapping = try FileMapping(file, 0..<count, .privateReading)
    } catch {
      throw .unreadable(path: path, reason: "cannot be mapped into memory: \(error)")
    }
  }

  /// The bytes of `range`, valid while the file is alive. The range must lie within the file.
  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return UnsafeRawBufferPointer(rebasing: mapping.bytes[range])
  }

  /// Sets whether the system reads the file ahead. It does by default.
  func setReadAhead(_ isOn: Bool) { mapping.setReadAhead(isOn) }

  /// Releases the memory that the pages of `range` take in this process. They can be read again.
  func release(_ range: Range<Int>) { mapping.release(range) }

  /// Returns whether the bytes at `offset` are `signature`. False if the file ends before.
  func has(_ signature: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, count - offset >= signature.count else { return false }
    return bytes(offset..<offset + signature.count).elementsEqual(signature)
  }

  /// Returns an error about `place` in this file.
  func badData(_ place: String?, _ reason: String) -> CheckpointError {
    .badData(path: path, place: place.map(Self.printable), reason: Self.printable(reason))
  }

  /// Returns an error about a state dict that is not in this file.
  func noSuchKey(_ reason: String) -> CheckpointError {
    .noSuchKey(path: path, reason: Self.printable(reason))
  }

  /// Returns an error about the choice among the weights of this file.
  func severalKeys(_ keys: String) -> CheckpointError {
    .severalKeys(path: path, keys: Self.printable(keys))
  }

  /// Returns an error about weights in this file that cannot be read, where others can.
  func unreadableKey(_ key: String, _ reason: String, others: String) -> CheckpointError {
    .unreadableKey(
      path: path, key: Self.printable(key), reason: Self.printable(reason),
      others: Self.printable(others))
  }

  /// Makes `text` safe to print on a terminal, because it may contain names from the file.
  private static func printable(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(1000).map { $0.isPrintable ? $0 : "?" }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func openFailure(_ path: String, _ error: SystemError) -> String {
    if path.contains("://") { return "is an address, not a file: download it first (curl -LO)" }
    return switch error.code {
    case ENOENT: "no such file: check the path"
    case EACCES: "may not be read: check its permissions"
    default: "cannot be opened: \(error)"
    }
  }
}
