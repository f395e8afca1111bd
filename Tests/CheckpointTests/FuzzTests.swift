import Checkpoint
import Foundation
import TestSupport
import Testing

/// Random damage. A file must either be read or be refused with a `CheckpointError`. A crash or a
/// hang would end the test. `CHECKPOINT_FUZZ` sets the number of damaged files, and `FUZZ_SEED` the
/// seed of the damage.
@Suite("Randomly damaged checkpoints")
struct FuzzTests {
  static let count = number("CHECKPOINT_FUZZ") ?? 1000
  static let seed = UInt64(number("FUZZ_SEED") ?? 1)

  private static func number(_ variable: String) -> Int? {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
  }

  static let files = [
    "module-zip.pt", "zip64.pt", "lightning-zip.ckpt", "module-legacy.pt", "views-legacy.pt",
    "lightning-legacy.ckpt", "storage-views-legacy.pt", "protocol1-legacy.pt",
    "protocol0-legacy.pt", "protocol4-legacy.pt", "types.safetensors", "module.safetensors",
    "choices/objects.pt", "choices/objects-protocol4.pt", "choices/flat.pt", "choices/dotless.pt",
    "choices/list.pt", "choices/broken-beside.pt", "choices/negated-zip.pt",
    "choices/module-average.pt", "choices/attribute-dictionary.pt",
    "choices/lightning-callbacks.pt", "choices/lightning-callbacks-zip.pt",
    "choices/lightning-average.pt",
  ]

  static let pattern = NetworkPattern(anchor: "time_embed.0.weight", parts: ["output_blocks."])

  @Test
  func `damaged containers and pickles are read or refused`() throws {
    var mutator = Mutator(seed: Self.seed, vocabulary: Self.files.map(Fixtures.bytes))
    let folder = try TemporaryFolder()
    var (read, refused) = (0, 0)
    for round in 0..<Self.count {
      let name = Self.files[round % Self.files.count]
      let path = folder.url.appending(path: "file." + name.split(separator: ".").last!).path
      try Data(mutator.mutated(Fixtures.bytes(name))).write(to: URL(filePath: path))
      do {
        try visit(path)
        read += 1
      } catch is CheckpointError {
        refused += 1
      }
    }
    #expect(read + refused == Self.count)
    print("\(Self.count) damaged files: \(read) read, \(refused) refused")
  }

  static let folders = [
    "pipeline", "unet-shards", "unet-bin-shards", "unet-old-names", "safetensors-shards",
    "bin-shards",
  ]

  @Test(arguments: folders)
  func `folders with a damaged file are read or refused`(_ name: String) throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "copy")
    try FileManager.default.copyItem(at: URL(filePath: FoldersTests.path(name)), to: copy)
    let files = try CheckpointFiles(copy.path).all.map(\.file.path)
    // Settings and indexes come first and are damaged as often as the weights.
    let texts = files.filter { $0.hasSuffix(".json") }
    let originals = files.map { [UInt8](FileManager.default.contents(atPath: $0)!) }
    var mutator = Mutator(seed: Self.seed, vocabulary: originals)
    for round in 0..<Self.count / 20 {
      let path =
        round.isMultiple(of: 2) ? texts[round / 2 % texts.count] : files[round % files.count]
      let original = originals[files.firstIndex(of: path)!]
      try Data(mutator.mutated(original)).write(to: URL(filePath: path))
      do { try visit(copy.path) } catch is CheckpointError {}
      try Data(original).write(to: URL(filePath: path))
    }
    try visit(copy.path)
  }

  /// Opens a file in every way and reads it completely.
  private func visit(_ path: String) throws {
    defer { _ = try? MappedFile(path).sha256() }
    let any = Result { try CheckpointFile.open(path) }
    let network = Result { try CheckpointFile.open(path, for: Self.pattern) }
    for result in [any, network] {
      if case .failure(let error) = result, !(error is CheckpointError) { throw error }
    }
    for tensor in try any.get().tensors.values { _ = try tensor.tensor() }
  }
}

/// Changes bytes as damage or an attacker might: flips, cuts, repetitions, numbers at their limits,
/// and pieces of other files.
struct Mutator {
  private var random: SeededGenerator
  private let vocabulary: [[UInt8]]

  init(seed: UInt64, vocabulary: [[UInt8]]) {
    random = SeededGenerator(seed: seed)
    self.vocabulary = vocabulary
  }

  /// Pickle instructions that build, call, store and fetch.
  private static let instructions: [UInt8] =
    Array("(.0125NJKMG]}lde)tcio:RbQqrhjasuTUXBC".utf8)
    + Array(0x80...0x98)
  private static let limits: [[UInt8]] = [
    [0], [1], [0x7f], [0x80], [0xff], [0xff, 0xff], [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0x7f],
    [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0, 0, 0, 0, 0x80],
    [UInt8](repeating: 0xff, count: 7) + [0x7f], [UInt8](repeating: 0xff, count: 8),
  ]

  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    // Changes that keep the length more often pass the container's own checks.
    let keepsLength = Bool.random(using: &random)
    for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes, keepsLength: keepsLength) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8], keepsLength: Bool) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: bytes.indices, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
    switch Int.random(in: 0..<(keepsLength ? 5 : 9), using: &random) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
    case 2: bytes[place] = Self.instructions.randomElement(using: &random)!
    case 3:
      let number = Self.limits.randomElement(using: &random)!
      bytes.replaceSubrange(place..<min(bytes.count, place + number.count), with: number)
    case 4: bytes.swapAt(place, Int.random(in: bytes.indices, using: &random))
    case 5:
      let count = Int.random(in: 1...30, using: &random)
      bytes.insert(
        contentsOf: repeatElement(bytes[place..<end], count: count).joined(), at: place)
    case 6: bytes.removeLast(bytes.count - place)
    case 7:
      let other = vocabulary.randomElement(using: &random)!
      let start = Int.random(in: other.indices, using: &random)
      bytes.insert(contentsOf: other[start..<min(other.count, start + (end - place))], at: place)
    default: bytes.removeSubrange(place..<end)
    }
  }
}
