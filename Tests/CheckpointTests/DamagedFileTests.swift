import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite("Damaged and foreign files")
struct DamagedFileTests {
  static let samples = ["views-zip.pt", "views-legacy.pt", "types.safetensors"]

  @Test(arguments: samples, 0..<50)
  func `a file truncated anywhere is refused with its name and what to do`(
    _ name: String, _ cut: Int
  ) throws {
    let bytes = Fixtures.bytes(name)
    // The first ten lengths are 0 to 9. The others are spread over the rest of the file, up to one
    // byte less than its size.
    let length = cut < 10 ? cut : bytes.count - 1 - (49 - cut) * (bytes.count - 11) / 40
    let message = try #require(try refusal(Array(bytes[..<length]), named: name))
    #expect(message.contains("again"), "\(message)")
  }

  @Test(arguments: ["module-zip.pt", "storage-views-legacy.pt", "types.safetensors"])
  func `a file with a damaged byte is read or refused without a crash`(_ name: String) throws {
    let bytes = Fixtures.bytes(name)
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= UInt8(truncatingIfNeeded: position &* 0x9e37 >> 5) | 1
      _ = try refusal(damaged, named: name)
    }
  }

  @Test(
    arguments: ["module-zip.pt", "module-legacy.pt", "protocol4-legacy.pt", "module.safetensors"],
    0..<8 as Range<UInt64>)
  func `a file with many damaged bytes is read or refused without a crash`(
    _ name: String, _ seed: UInt64
  ) throws {
    let bytes = Fixtures.bytes(name)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let position = Int.random(in: damaged.indices, using: &random)
        damaged[position] = UInt8.random(in: .min ... .max, using: &random)
      }
      _ = try refusal(damaged, named: name)
    }
  }

  static let foreign: [RefusedFile] = [
    .init([], "is empty"),
    .init([0x80], "has only 1 bytes"),
    .init([1, 2, 3], "has only 3 bytes"),
    .init(Array("the model is elsewhere\n".utf8), "is a text file"),
    .init(Array(#"{"abcd":{"a": 1}}"#.utf8), "is a text file"),
    .init(Array("  <!DOCTYPE html><html><body>Not found</body></html>".utf8), "is a web page"),
    .init(Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8), "git lfs pull"),
    .init([0x1f, 0x8b] + [UInt8](repeating: 0, count: 30), "gunzip"),
    .init(Array("GGUF".utf8) + [UInt8](repeating: 0, count: 30), "GGUF"),
    .init(
      [UInt8](repeating: 0, count: 257) + Array("ustar".utf8) + [UInt8](repeating: 0, count: 250),
      "tar archive"
    ),
    .init([UInt8](repeating: 7, count: 100), "not in a supported format"),
    .init([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] + [UInt8](repeating: 0, count: 30), "unxz"),
    .init([0x28, 0xb5, 0x2f, 0xfd] + [UInt8](repeating: 0, count: 30), "unzstd"),
    .init(Array("BZh91AY".utf8) + [UInt8](repeating: 0, count: 30), "bunzip2"),
    .init([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] + [UInt8](repeating: 0, count: 30), "7z x"),
    .init(Array("Rar!".utf8) + [0x1a, 7] + [UInt8](repeating: 0, count: 30), "unrar"),
    .init([0x93] + Array("NUMPY".utf8) + [1, 0, 0, 0, 0], "NumPy"),
    .init([0x89, 0x48, 0x44, 0x46] + [UInt8](repeating: 0, count: 30), "HDF5"),
    .init([8, 7, 0x12, 4] + [UInt8](repeating: 0, count: 30), "ONNX", named: "a.onnx"),
    .init(
      [8, 7, 0x12, 4] + [UInt8](repeating: 0, count: 30), "TensorFlow", named: "saved_model.pb"),
    .init(
      [0x80, 4, 0x4e, 0x2e] + [UInt8](repeating: 0, count: 9), "dcp_to_torch", named: "a.distcp"),
    .init(
      [0x80, 4, 0x4e, 0x2e] + [UInt8](repeating: 0, count: 9), "dcp_to_torch", named: ".metadata"),
    .init(Fixtures.bytes("protocol0-zip.pt"), "protocol 0"),
    .init(Fixtures.bytes("protocol0-legacy.pt"), "protocol 0"),
    .init([0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18), "not a PyTorch checkpoint"),
    // A pickled text.
    .init([0x80, 2] + pickled("a text by itself") + [0x2e], "torch.save did not write"),
  ]

  @Test(arguments: foreign)
  func `the error for a file that is not a checkpoint says what it is`(_ file: RefusedFile) throws {
    try file.expectRefusal()
  }

  @Test(arguments: [
    ("/nonexistent/model.pt", "no such file"), ("/tmp", "folder"), ("/dev/null", "regular"),
    ("https://example.org/model.pt", "download it first"),
  ])
  func `a path without a file is unreadable, and the message names it`(
    _ path: String, _ clue: String
  ) throws {
    let error = try #require(throws: CheckpointError.self) { try CheckpointFile.open(path) }
    guard case .unreadable(path, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(error.description.hasPrefix(path))
    #expect(error.description.contains(clue), "\(error)")
  }

  @Test(arguments: [
    (".metadata", "dcp_to_torch"), ("__0_0.distcp", "dcp_to_torch"), ("data.pkl", "zip -0"),
    ("saved_model.pb", "TensorFlow"),
    ("model.pt", "name the checkpoint file inside it"),
  ])
  func `the error for a folder says that it is a folder`(_ content: String, _ clue: String) throws {
    let folder = try TemporaryFolder()
    try Data().write(to: folder.url.appending(path: content))
    let error = try #require(throws: CheckpointError.self) {
      try CheckpointFile.open(folder.url.path)
    }
    #expect(error.description.contains(clue), "\(error)")
  }

  @Test
  func `a whole pickled module is refused with its class`() throws {
    let message = try #require(try refusal(Fixtures.bytes("whole-module.pt")))
    #expect(message.contains("torch.nn.modules.linear.Linear"))
    #expect(message.contains("state_dict"))
  }

  @Test
  func `the error for a checkpoint without tensors says what it contains`() throws {
    // {"epoch": 3}
    let message = try #require(
      try refusal(legacyFile([0x7d] + pickled("epoch") + [0x4b, 3, 0x73])))
    #expect(message.contains("only epoch"))
  }
}
