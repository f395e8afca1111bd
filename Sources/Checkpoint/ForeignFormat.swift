import Foundation

/// Descriptions of files and folders that are not checkpoints, with a remedy. Each is the predicate
/// of a sentence, such as "is a web page, not a checkpoint: download it from the direct link".
enum ForeignFormat {
  /// Detects the kind of a file from its first bytes or, if they are ambiguous, from its name.
  static func kind(of file: MappedFile) -> String {
    let start = file.bytes(0..<min(file.count, 512))
    let text = String(decoding: start, as: UTF8.self)
    if text.hasPrefix("version https://git-lfs") {
      return "is a Git LFS pointer, not the checkpoint itself: run git lfs pull"
    }
    if text.drop(while: { $0.isWhitespace || $0 == "\u{feff}" }).first == "<" {
      return "is a web page, not a checkpoint: download it from the direct link"
    }
    if isText(start) { return textFile(file) }
    if let match = signatures.first(where: { file.has($0.bytes, at: $0.offset) }) {
      return match.reason
    }
    return named(file) ?? "is not in a supported format (PyTorch's .pt, .pth, "
      + ".ckpt and .bin, and .safetensors): convert it, or fetch it again if it should be one of them"
  }

  /// Returns whether the bytes could be the start of a text: no control characters except white
  /// space.
  static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) }
  }

  private static func textFile(_ file: MappedFile) -> String {
    if ["config.json", "model_index.json"].contains(file.name) {
      return "holds settings, not weights: give the folder that it is in"
    }
    let beginning = String(decoding: file.bytes(0..<min(file.count, 512)), as: UTF8.self)
    // Pickle protocol 0 is text.
    if beginning.hasPrefix("(") || beginning.hasPrefix("cc"), beginning.hasSuffix(".") {
      return foreignPickle
    }
    return "is a text file, not a checkpoint: give the path of a .pt or .safetensors file"
  }

  static let foreignPickle =
    "is a pickle that torch.save did not write (perhaps pickle or joblib did): load it in Python "
    + "where you trust it, and save a state_dict with torch.save"

  private struct Signature {
    let bytes: [UInt8]
    let offset: Int
    let reason: String

    init(_ bytes: [UInt8], at offset: Int = 0, _ reason: String) {
      self.bytes = bytes
      self.offset = offset
      self.reason = reason
    }

    init(_ text: String, at offset: Int = 0, _ reason: String) {
      self.init(Array(text.utf8), at: offset, reason)
    }
  }

  private static let signatures = [
    Signature([0x1f, 0x8b], "is compressed: unpack it with gunzip"),
    Signature([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "is compressed: unpack it with unxz"),
    Signature([0x28, 0xb5, 0x2f, 0xfd], "is compressed: unpack it with unzstd"),
    Signature("BZh", "is compressed: unpack it with bunzip2"),
    Signature([0x04, 0x22, 0x4d, 0x18], "is compressed: unpack it with lz4 -d"),
    Signature([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "is a 7z archive: unpack it with 7z x"),
    Signature("Rar!", "is a RAR archive: unpack it with unrar x"),
    Signature([0x89, 0x48, 0x44, 0x46], "is an HDF5 file: save the weights from PyTorch instead"),
    Signature([0x93] + Array("NUMPY".utf8), numpy),
    Signature("GGUF", ggml("GGUF")), Signature("ggml", ggml("GGML")),
    Signature("lmgg", ggml("GGML")),
    Signature("ggjt", ggml("GGML")), Signature("tjgg", ggml("GGML")),
    Signature(
      "ustar", at: 257,
      "is a tar archive: unpack it, or, if PyTorch before 0.2 wrote it, load it in a newer one and "
        + "save it again"),
  ]

  private static func ggml(_ name: String) -> String {
    "is a \(name) file: use the .pt or .safetensors file it was made from"
  }

  private static let numpy =
    "holds NumPy arrays: load them in Python, and save a dictionary of tensors with torch.save"
  private static let tensorFlow =
    "belongs to a TensorFlow checkpoint: convert the network to PyTorch first"

  private static func named(_ file: MappedFile) -> String? {
    let name = file.name
    if name.hasSuffix(".onnx") {
      return "is an ONNX file, a network as a graph: give the PyTorch checkpoint it was made from"
    }
    if name.hasSuffix(".pb") || name.hasSuffix(".index") || name.contains(".data-0")
      || name.hasSuffix(".tflite")
    {
      return tensorFlow
    }
    return nil
  }

  // MARK: - Archives and pickles

  /// Describes a zip archive with these entries that has no pickle of PyTorch.
  static func zip(_ names: [String]) -> String {
    let ends = { (ending: String) in names.contains { $0.hasSuffix(ending) } }
    if ends(".npy") { return numpy }
    if ends(".weights.h5") { return "is a Keras archive: convert the network to PyTorch first" }
    if names.contains("data.pkl") {
      return
        "is a zip archive whose data.pkl is not in a folder, so PyTorch does not read it either: "
        + "zip the folder that torch.save wrote, not its contents"
    }
    let checkpoint = names.first { name in
      [".pt", ".pth", ".ckpt", ".bin", ".safetensors"].contains(where: name.hasSuffix)
    }
    return "is a zip archive but not a PyTorch checkpoint: it has no data.pkl; "
      + (checkpoint.map { "unpack it, the checkpoint inside may be \($0)" }
        ?? "unpack it if the checkpoint is inside")
  }

  // MARK: - Distributed checkpoints

  static let distributed =
    "belongs to a distributed checkpoint (torch.distributed.checkpoint): convert its folder to one "
    + "file with python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER FILE.pt"

  static func isDistributedShard(_ file: MappedFile) -> Bool {
    let name = file.name
    return name.hasSuffix(".distcp") || name.hasSuffix(".metadata") && file.has([0x80], at: 0)
  }

  /// Describes a folder that was given instead of a file.
  static func folder(_ path: String) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(".metadata") || names.contains(where: { $0.hasSuffix(".distcp") }) {
      return "is a folder that " + distributed
    }
    if names.contains("data.pkl") {
      return "is a folder, as unzipping a checkpoint makes it: zip it again without compression "
        + "(zip -0 -r), and give that file"
    }
    if names.contains("saved_model.pb") { return "is a folder that " + tensorFlow }
    return "is a folder: name the checkpoint file inside it"
  }
}
