import Checkpoint
import Foundation
import TestSupport
import Testing

/// The choice of a dictionary, in files that PyTorch wrote in the forms of many training programs
/// (`write_choices` in scripts/make-checkpoint-fixtures.py).
@Suite("The choice of a state dict")
struct ChoiceTests {
  struct Choice: Decodable, CustomTestStringConvertible {
    let file: String
    let role: String
    /// The requested key.
    let asked: String?
    let key: String
    let prefix: String
    let isAveraged: Bool
    let alternatives: [String]
    /// Parts of the error, if the file is to be refused.
    let says: [String]
    let tensors: [String: [Float]]?

    var testDescription: String { file + (asked.map { " \($0)" } ?? "") }

    var pattern: NetworkPattern {
      let decoder = ["output_blocks."]
      return NetworkPattern(
        anchor: "time_embed.0.weight", parts: role == "unet" ? decoder : [],
        foreignParts: role == "unet" ? [] : decoder, wholes: ["first_stage_model."])
    }

    func open() throws -> CheckpointFile {
      try CheckpointFile.open(Fixtures.path(file), for: pattern, key: asked)
    }
  }

  static let all: [Choice] = {
    let data = FileManager.default.contents(atPath: Fixtures.path("choices.json"))!
    return try! JSONDecoder().decode([String: Choice].self, from: data).values
      .sorted { $0.testDescription < $1.testDescription }
  }()

  @Test(arguments: all.filter { $0.tensors != nil })
  func `the network is found, its wrappers are removed, and averaged weights come first`(
    _ choice: Choice
  ) throws {
    let file = try choice.open()
    #expect(file.chosen.key == choice.key)
    #expect(file.chosen.prefix == choice.prefix)
    #expect(file.chosen.isAveraged == choice.isAveraged)
    #expect(file.alternatives.map(\.key) == choice.alternatives)
    let tensors = try file.tensors.mapValues { try $0.tensor().elements }
    #expect(tensors == choice.tensors)
  }

  @Test(arguments: [
    ("wrappers", ["_orig_mod."]), ("fsdp", ["_fsdp_wrapped_module."]), ("key-ema", []),
  ])
  func `parts that wrappers insert into names are removed and listed`(
    file: String, insertions: [String]
  ) throws {
    let choice = try #require(Self.all.first { $0.file == "choices/\(file).pt" })
    #expect(try choice.open().chosen.insertions == insertions)
  }

  @Test(arguments: all.filter { $0.tensors == nil })
  func `a file with an ambiguous choice or unknown weights is refused with the reason`(
    _ choice: Choice
  ) throws {
    let error = try #require(throws: CheckpointError.self) { try choice.open() }
    let text = error.text { _ in "choose one with --model-key" }
    for part in choice.says { #expect(text.contains(part), "\(text)") }
  }

  @Test
  func `a key that is not in the file is a usage error`() throws {
    let error = try #require(throws: CheckpointError.self) {
      try CheckpointFile.open(Fixtures.path("choices/best.pt"), key: "worst")
    }
    guard case .noSuchKey = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test
  func `names with terminal control sequences are harmless in an error`() throws {
    let names = ["a\u{2028}b", "c\u{1b}[31m", "d\u{202e}e", "f\u{7f}"]
    let tensor = HostilePickleTests.tensor(shape: [1], strides: [1])
    var program: [UInt8] = [0x7d, 0x28]
    for name in names { program += pickled(name) + [0x7d] + pickled("x.y") + tensor + [0x73] }
    let file = legacyFile(program + [0x75], storages: HostilePickleTests.storages)
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "file.pt")
    try Data(file).write(to: url)
    let error = try #require(throws: CheckpointError.self) {
      try CheckpointFile.open(
        url.path, for: NetworkPattern(anchor: "x.y"), key: "\u{2029}\u{9b}")
    }
    let isSafe = error.description.unicodeScalars.allSatisfy {
      !["\u{2028}", "\u{2029}", "\u{1b}", "\u{202e}", "\u{7f}", "\u{9b}"].contains($0)
    }
    #expect(isSafe, "\(error)")
  }

  @Test(arguments: [
    ([], "ema_0.9999_000100.pt"), (["model000100.pt"], "give model000100.pt"),
    (["model000100.pt", "ema_0.999_000100.pt"], "give ema_0.999_000100.pt or model000100.pt"),
  ])
  func `the error for an optimizer's file names the network's file next to it`(
    _ beside: [String], _ clue: String
  ) throws {
    let folder = try TemporaryFolder()
    for name in beside { try Data().write(to: folder.url.appending(path: name)) }
    let file = folder.url.appending(path: "opt000100.pt")
    try Data(Fixtures.bytes("choices/optimizer.pt")).write(to: file)
    let error = try #require(throws: CheckpointError.self) { try CheckpointFile.open(file.path) }
    #expect(error.description.contains(clue), "\(error)")
  }
}
