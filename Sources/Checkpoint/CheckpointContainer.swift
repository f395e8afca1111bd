/// How a checkpoint file holds its tensors.
package enum CheckpointContainer: String, Sendable, Codable, CaseIterable {
  case zipPickle
  case legacyPickle
  case safetensors
}

extension CheckpointContainer: CustomStringConvertible {
  /// The container's name for people.
  package var description: String {
    switch self {
    case .zipPickle: "PyTorch (zip container)"
    case .legacyPickle: "PyTorch (legacy container)"
    case .safetensors: "safetensors"
    }
  }
}

extension CheckpointContainer {
  /// Tells the container by the file's first bytes, or throws an error that says what the file is
  /// instead.
  init(_ file: MappedFile) throws(CheckpointError) {
    guard file.count > 0 else { throw file.badData(nil, "is empty: fetch it again") }
    guard file.count >= smallestFile else {
      throw file.badData(nil, "has only \(file.count) bytes; \(Advice.fetchAgain)")
    }
    if file.has([0x50, 0x4b], at: 0) {
      self = .zipPickle
    } else if Self.isSafetensors(file) {
      self = .safetensors
    } else if file.has([PickleOpcode.proto.rawValue], at: 0) {
      self = .legacyPickle
    } else {
      throw file.badData(nil, Self.otherKind(file))
    }
  }

  private static func isSafetensors(_ file: MappedFile) -> Bool {
    guard file.has([UInt8(ascii: "{")], at: 8) else { return false }
    // JSON text may have a brace at byte 8 too, but then text before it.
    return file.path.hasSuffix(".safetensors") || !isText(file.bytes(0..<8))
  }

  /// What a file that is no checkpoint looks like, and what to do about it.
  private static func otherKind(_ file: MappedFile) -> String {
    let start = file.bytes(0..<min(file.count, 512))
    let text = String(decoding: start, as: UTF8.self)
    if text.hasPrefix("version https://git-lfs") {
      return "is a Git LFS pointer, not the checkpoint itself: run git lfs pull"
    }
    if text.drop(while: { $0.isWhitespace || $0 == "\u{feff}" }).first == "<" {
      return "is a web page, not a checkpoint: download it from the direct link"
    }
    if isText(start) {
      return "is a text file, not a checkpoint: give the path of a .pt or .safetensors file"
    }
    return foreignFormat(file) ?? "is none of the formats that are read (PyTorch's .pt, .pth and "
      + ".ckpt, and .safetensors): convert it, or fetch it again if it should be one of them"
  }

  private static func foreignFormat(_ file: MappedFile) -> String? {
    if file.has([0x1f, 0x8b], at: 0) { return "is compressed: unpack it with gunzip" }
    if file.has(Array("\u{89}HDF".unicodeScalars.map { UInt8($0.value) }), at: 0) {
      return "is an HDF5 file: save the weights from PyTorch instead"
    }
    if file.has(Array("GGUF".utf8), at: 0) {
      return "is a GGUF file: use the .pt or .safetensors file it was made from"
    }
    if file.has(Array("ustar".utf8), at: 257) {
      return "is a tar archive: unpack it, or, if PyTorch before 0.2 wrote it, load it in a newer "
        + "one and save it again"
    }
    return nil
  }

  /// Whether the bytes could be the beginning of a text: no control characters but spaces.
  private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) }
  }
}

/// Bytes of a .safetensors file without tensors, which is smaller than PyTorch's containers can be.
private let smallestFile = 10
