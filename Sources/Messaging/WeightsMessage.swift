/// A message about a file of packed weights, between a rank that lacks the file and one that may have
/// it.
package enum WeightsMessage: Sendable, Equatable {
  /// A request for `byteCount` bytes of a file from `offset`, or as many as it has.
  case wanted(file: String, offset: Int, byteCount: Int)
  /// The answer: bytes of a file of `fileSize` bytes, and their checksum.
  case piece(file: String, offset: Int, fileSize: Int, checksum: UInt64, bytes: [UInt8])
  /// A sign of life: the requested bytes do not exist yet.
  case later(file: String)
  /// The sender will not have the file.
  case never(file: String)

  /// The name of the file.
  package var file: String {
    switch self {
    case .wanted(let file, _, _), .piece(let file, _, _, _, _), .later(let file), .never(let file):
      file
    }
  }
}

/// The encoding of messages about weights: the kind and the length of the name of the file, one byte
/// each, the name, and numbers of 8 bytes. The bytes of a piece follow without changes.
extension WeightsMessage {
  private enum Kind: UInt8 {
    case wanted = 1
    case piece, later, never
  }

  var head: [UInt8] {
    switch self {
    case .wanted(_, let offset, let byteCount): head(.wanted, offset, byteCount)
    case .piece(_, let offset, let fileSize, let checksum, _):
      head(.piece, offset, fileSize, Int(truncatingIfNeeded: checksum))
    case .later: head(.later)
    case .never: head(.never)
    }
  }

  var body: [UInt8] {
    guard case .piece(_, _, _, _, let bytes) = self else { return [] }
    return bytes
  }

  private func head(_ kind: Kind, _ numbers: Int...) -> [UInt8] {
    let name = Array(file.utf8)
    precondition(name.count <= UInt8.max, "the name of a file is short")
    return [kind.rawValue, UInt8(name.count)] + name + numbers.flatMap(\.littleEndianBytes)
  }

  /// Decodes a message that `head` and `body` encoded. Returns `nil` if the bytes make no sense.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 2, let kind = Kind(rawValue: bytes[0]) else { return nil }
    let rest = bytes.dropFirst(2)
    let nameLength = Int(bytes[1])
    guard rest.count >= nameLength else { return nil }
    let file = String(decoding: rest.prefix(nameLength), as: UTF8.self)
    let data = rest.dropFirst(nameLength)
    func number(_ index: Int) -> Int {
      Int(littleEndianBytes: data.dropFirst(8 * index).prefix(8))
    }
    switch kind {
    case .wanted where data.count == 16:
      self = .wanted(file: file, offset: number(0), byteCount: number(1))
    case .piece where data.count >= 24:
      self = .piece(
        file: file, offset: number(0), fileSize: number(1),
        checksum: UInt64(truncatingIfNeeded: number(2)),
        bytes: Array(UnsafeRawBufferPointer(rebasing: data.dropFirst(24))))
    case .later where data.isEmpty: self = .later(file: file)
    case .never where data.isEmpty: self = .never(file: file)
    default: return nil
    }
  }
}
