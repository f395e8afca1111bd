import Files
import Glibc
import Synchronization

/// The files of packed weights that this process can pass to others, as far as they are complete.
///
/// The sampling thread offers files, and the main thread reads pieces of them.
package final class PackedOffers: Sendable {
  /// The answer to a request for a piece.
  package enum Supply: Sendable, Equatable {
    case piece(PackedPiece)
    /// The piece does not exist yet.
    case later
    /// This process will not have the file.
    case never
  }

  private enum Offer {
    /// The first `available` bytes of a file are correct.
    case file(OpenFile, available: Int, size: Int)
    case withdrawn
  }

  private let offers = Mutex<[String: Offer]>([:])

  package init() {}

  /// Offers the beginning of a file that is being written.
  func offer(_ name: String, _ file: OpenFile, available: Int, size: Int) {
    offers.withLock { $0[name] = .file(file, available: available, size: size) }
  }

  /// Offers the complete file at `path`.
  func offer(_ name: String, at path: String) {
    guard let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
      let size = try? Int(file.status().st_size)
    else { return withdraw(name) }
    offer(name, file, available: size, size: size)
  }

  /// Takes back the offer of a file until it is offered again.
  func postpone(_ name: String) {
    offers.withLock { $0[name] = nil }
  }

  /// States that this process will not have the file.
  func withdraw(_ name: String) {
    offers.withLock { $0[name] = .withdrawn }
  }

  /// Withdraws the files that were never offered.
  func withdrawOthers(of names: some Sequence<String>) {
    offers.withLock { offers in
      for name in names where offers[name] == nil { offers[name] = .withdrawn }
    }
  }

  /// Returns up to `byteCount` bytes of a file from `offset`.
  package func supply(of name: String, at offset: Int, byteCount: Int) -> Supply {
    switch offers.withLock({ $0[name] }) {
    case nil: return .later
    case .withdrawn: return .never
    case .file(let file, let available, let size):
      guard (0..<size).contains(offset), byteCount > 0 else { return .never }
      let count = min(byteCount, size - offset)
      guard count <= available - offset else { return .later }
      guard let bytes = Self.read(count, of: file, at: offset) else {
        withdraw(name)
        return .never
      }
      return .piece(PackedPiece(offset: offset, fileSize: size, bytes: bytes))
    }
  }

  private static func read(_ count: Int, of file: OpenFile, at offset: Int) -> [UInt8]? {
    let bytes = try? [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      done = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    return bytes?.count == count ? bytes : nil
  }
}
