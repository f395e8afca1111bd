/// The format in which a checkpoint file stores its tensors.
package enum CheckpointContainer: String, Sendable, Codable, CaseIterable {
  case zipPickle
  case legacyPickle
  case safetensors
}

extension CheckpointContainer: CustomStringConvertible {
  /// The name of the container in messages.
  package var description: String {
    switch self {
    case .zipPickle: "PyTorch (zip container)"
    case .legacyPickle: "PyTorch (legacy container)"
    case .safetensors: "safetensors"
    }
  }
}

extension CheckpointContainer {
  /// Detects the container from the first bytes of the file. The error for any other file says what
  /// it is.
  init(_ file: MappedFile) throws(CheckpointError) {
    guard file.count > 0 else { throw file.badData(nil, "is empty: fetch it again") }
    guard file.count >= smallestFile else {
      throw file.badData(nil, "has only \(file.count) bytes; \(Remedy.fetchAgain)")
    }
    if ForeignFormat.isDistributedShard(file) {
      throw file.badData(nil, ForeignFormat.distributed)
    } else if file.has([0x50, 0x4b], at: 0) {
      self = .zipPickle
    } else if Self.isSafetensors(file) {
      self = .safetensors
    } else if file.has([PickleOpcode.proto.rawValue], at: 0)
      || file.has(LegacyContainer.textMagicNumber, at: 0)
    {
      self = .legacyPickle
    } else {
      throw file.badData(nil, ForeignFormat.kind(of: file))
    }
  }

  private static func isSafetensors(_ file: MappedFile) -> Bool {
    let isNamedSo = file.path.hasSuffix(".safetensors")
    // The format's library allows spaces before the brace.
    let start = file.bytes(8..<min(file.count, 64)).first {
      ![0x20, 0x09, 0x0a, 0x0d].contains($0)
    }
    guard start == UInt8(ascii: "{"), isNamedSo || file.has([UInt8(ascii: "{")], at: 8) else {
      return false
    }
    // A JSON text may have a brace at byte 8 too, but it has text before it.
    return isNamedSo || !ForeignFormat.isText(file.bytes(0..<8))
  }
}

/// The size of a .safetensors file without tensors. PyTorch's containers cannot be this small.
private let smallestFile = 10
