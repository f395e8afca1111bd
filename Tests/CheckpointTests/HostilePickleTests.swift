import Checkpoint
import Foundation
import TestSupport
import Testing

/// Returns the instruction that pushes a text.
func pickled(_ text: String) -> [UInt8] {
  [0x58] + UInt32(text.utf8.count).littleEndianBytes + text.utf8
}

/// Returns a file in the legacy container. Its object is the value that `program` leaves on the
/// stack. `storages` is the pickled list of the storage keys, followed by their contents.
func legacyFile(
  _ program: [UInt8], storages: [UInt8] = [0x80, 2, 0x5d, 0x2e]
) -> [UInt8] {
  let magic: [UInt8] = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]
  let version: [UInt8] = [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e]
  let machine: [UInt8] = [0x80, 2, 0x7d, 0x2e]
  return magic + version + machine + [0x80, 2] + program + [0x2e] + storages
}

@Suite("Hostile pickles")
struct HostilePickleTests {
  /// The name of a file that the hostile programs would create.
  static let marker = "checkpoint-code-was-executed"
  static let command = pickled("touch \(marker)")

  /// Returns a file whose object is the value that `program` leaves on the stack.
  static func program(_ program: [UInt8], _ clue: String) -> RefusedFile {
    .init(legacyFile(program), clue)
  }

  /// Programs that would run a command if anything were executed. Their result is an object, not
  /// weights.
  static let executing: [RefusedFile] = [
    program(Array("cos\nsystem\n(".utf8) + command + Array("tR".utf8), "os.system"),
    program(Array("cposix\nsystem\n(".utf8) + command + Array("tR".utf8), "posix.system"),
    program(Array("cbuiltins\neval\n(".utf8) + command + Array("tR".utf8), "builtins.eval"),
    program(Array("c__builtin__\nexec\n(".utf8) + command + Array("tR".utf8), "__builtin__.exec"),
    program(
      Array("ctorch.storage\n_load_from_bytes\n(".utf8) + command + Array("tR".utf8),
      "torch.storage._load_from_bytes"
    ),
    program(Array("csubprocess\nPopen\n(".utf8) + command + [0x74, 0x81], "subprocess.Popen"),
    program(
      pickled("os") + pickled("system") + [0x93, 0x28] + command + Array("tR".utf8), "os.system"
    ),
    program(Array("(".utf8) + command + Array("ios\nsystem\n".utf8), "os.system"),
    program(Array("(".utf8) + Array("cos\nsystem\n".utf8) + command + Array("o".utf8), "os.system"),
    program(Array("cos\nsystem\n(".utf8) + command + [0x74, 0x7d, 0x92], "os.system"),
    program([0x82, 7, 0x29, 0x52], "holds no tensors"),
    program(Array("(icollections\nOrderedDict\n".utf8), "holds no tensors"),
    program(
      // An OrderedDict with the result of a call as its state.
      Array("ccollections\nOrderedDict\n)Rcos\nsystem\n(".utf8) + command + Array("tRb".utf8),
      "holds no tensors"
    ),
  ]

  @Test(arguments: executing)
  func `a pickle that consists of a call is refused with the function's name, and nothing runs`(
    _ file: RefusedFile
  ) throws {
    try file.expectRefusal()
    #expect(!FileManager.default.fileExists(atPath: Self.marker))
  }

  @Test(arguments: ["os-system-zip.pt", "os-system-legacy.pt"])
  func `weights next to a call of os.system are read, the call is listed, and nothing runs`(
    _ name: String
  ) throws {
    let file = try CheckpointFile.open(Fixtures.path(name))
    #expect(try file.tensors["weight"]?.tensor().elements == [1, 1])
    // os.system is pickled under the name of the module that defines it.
    #expect(file.unknownObjects == ["posix.system"])
    #expect(!FileManager.default.fileExists(atPath: Self.marker))
  }

  /// Programs that would exhaust memory or time, or overflow a length, if there were no limits.
  static let exhausting: [RefusedFile] = [
    // A text of 4 GiB, and texts of 2⁶³ bytes and more.
    program([0x58, 0xff, 0xff, 0xff, 0xff], "bytes should follow"),
    program([0x8d] + [UInt8](repeating: 0xff, count: 8), "impossible"),
    program([0x8d] + UInt64(Int.max).littleEndianBytes, "bytes should follow"),
    program([0x54] + Int32.min.littleEndianBytes, "bytes should follow"),
    program([0x8b] + Int32.min.littleEndianBytes, "bytes should follow"),
    program([0x95] + UInt64(1 << 40).littleEndianBytes, "frame"),
    // A memo index of 2³² − 1, which is only a key here. The value stored under it is not a
    // dictionary.
    program([0x4e, 0x72, 0xff, 0xff, 0xff, 0xff], "holds no tensors"),
    program([0x6a, 0xff, 0xff, 0xff, 0xff], "before it is stored"),
    // Tuples nested a hundred thousand deep, which could not be freed recursively.
    program([0x29] + [UInt8](repeating: 0x85, count: 100_000), "holds no tensors"),
    program([UInt8](repeating: 0x28, count: 100_000), "no value"),
    // Each tuple holds the previous one twice: 2¹⁰⁰ values if they were copied.
    program(
      [0x29, 0x71, 0] + (0..<100).flatMap { _ in [0x68, 0, 0x86, 0x71, 0] as [UInt8] },
      "holds no tensors"
    ),
    // A list that holds itself.
    program([0x5d, 0x71, 0, 0x68, 0, 0x61], "holds no tensors"),
    // An endless memo.
    program((0..<1 << 21).flatMap { _ in [0x4e, 0x94] as [UInt8] }, "instructions"),
    // A call of `_rebuild_from_type_v2` whose arguments contain the same function.
    program(
      Array("ctorch._tensor\n_rebuild_from_type_v2\nq".utf8) + [0, 0x28, 0x68, 0, 0x4e]
        + [0x29, 0x4e, 0x74, 0x52], "holds no tensors"
    ),
    // Values of a wrong type, or missing values.
    program([0x30], "no value"), program([0x74], "no value"), program([0x61], "no value"),
    program([0x52], "no value"),
    program([0x28, 0x4e, 0x4e, 0x28, 0x86], "no value"),
    program([0x4e, 0x29, 0x52], "something other than a function"),
    program([0x4e, 0x51], "holds no tensors"),
    program([0x4e, 0x4e, 0x61], "something other than a list"),
    program([0x4e, 0x4e, 0x62], "attributes"),
    program([0x4e, 0x4e, 0x4e, 0x73], "something other than a dictionary"),
    program([0x7d, 0x28, 0x4e, 0x75], "no value"), program([0x4e, 0x4e, 0x93], "is not a text"),
    program([0x80, 9], "protocol 9"), program([0xff], "0xff"),
    program([0x63] + Array("torch".utf8), "does not end"),
  ]

  @Test(arguments: exhausting)
  func `a pickle that needs too much time or memory is refused quickly`(_ file: RefusedFile) throws
  {
    try file.expectRefusal()
  }

  /// Returns the instructions that push a float tensor in storage `k`.
  static func tensor(
    count: Int = 4, offset: Int = 0, shape: [Int], strides: [Int]
  ) -> [UInt8] {
    func integer(_ value: Int) -> [UInt8] { [0x8a, 8] + value.littleEndianBytes }
    func tuple(_ values: [Int]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }
    let storage: [[UInt8]] = [
      [0x28], pickled("storage"), Array("ctorch\nFloatStorage\n".utf8), pickled("k"),
      pickled("cpu"), integer(count), [0x4e, 0x74, 0x51],
    ]
    let tensor: [[UInt8]] = [
      Array("ctorch._utils\n_rebuild_tensor_v2\n(".utf8), storage.flatMap(\.self),
      integer(offset), tuple(shape), tuple(strides), [0x89, 0x7d, 0x74, 0x52],
    ]
    return tensor.flatMap(\.self)
  }

  /// Returns storage `k` with the floats 0 to 3, and with `count` as its declared length.
  static func storages(count: Int = 4) -> [UInt8] {
    var storages: [UInt8] = [0x80, 2, 0x5d] + pickled("k") + [0x61, 0x2e]
    storages += count.littleEndianBytes
    for element in 0..<4 { storages += Float(element).bitPattern.littleEndianBytes }
    return storages
  }

  static let storages = storages()

  /// Returns a state dict of one float tensor in the legacy container, with 4 stored elements.
  static func tensorFile(
    count: Int = 4, offset: Int = 0, shape: [Int], strides: [Int], stored: Int = 4
  ) -> [UInt8] {
    let tensor = tensor(count: count, offset: offset, shape: shape, strides: strides)
    return legacyFile(
      [0x7d] + pickled("w\u{1b}") + tensor + [0x73], storages: storages(count: stored))
  }

  @Test
  func `a crafted tensor within its storage is read`() throws {
    let tensors = try open(Self.tensorFile(offset: 1, shape: [2, 2], strides: [0, 2]))
    #expect(tensors.values.first == [1, 3, 1, 3])
  }

  @Test
  func `a dimension of one element may have any stride`() throws {
    let file = Self.tensorFile(offset: 2, shape: [1, 2, 1], strides: [.max, 1, .max])
    #expect(try open(file).values.first == [2, 3])
  }

  static let outside: [RefusedFile] = [
    .init(tensorFile(shape: [5], strides: [1]), "ends at element 5 of a storage of 4"),
    .init(tensorFile(offset: 4, shape: [1], strides: [1]), "ends at element 5"),
    .init(tensorFile(offset: -1, shape: [1], strides: [1]), "impossible"),
    .init(tensorFile(offset: .max, shape: [1], strides: [1]), "impossible"),
    .init(tensorFile(shape: [-2], strides: [1]), "impossible"),
    .init(tensorFile(shape: [2], strides: [-1]), "impossible"),
    .init(tensorFile(shape: [2], strides: [.max]), "impossible"),
    .init(tensorFile(shape: [2, 2], strides: [1]), "impossible"),
    .init(tensorFile(shape: [1 << 32, 1 << 32], strides: [0, 0]), "impossible"),
    .init(tensorFile(shape: [1 << 40], strides: [0]), "repeats"),
    .init(
      tensorFile(shape: [Int](repeating: 1, count: 17), strides: [Int](repeating: 1, count: 17)),
      "is not described"
    ),
    .init(tensorFile(count: 1 << 40, shape: [4], strides: [1]), "1099511627776 are announced"),
    .init(
      tensorFile(count: 1 << 40, shape: [4], strides: [1], stored: 1 << 40),
      "bytes should follow"
    ),
    .init(tensorFile(count: .max, shape: [4], strides: [1], stored: .max), "announced"),
  ]

  /// State dicts that would take forever to search without limits.
  static let mazes: [[UInt8]] = [
    // A dictionary that holds itself.
    [0x7d, 0x71, 0] + pickled("a") + [0x68, 0, 0x73] + pickled("w")
      + tensor(shape: [4], strides: [1]) + [0x73],
    // Each dictionary holds the previous one twice: 2¹⁰⁰ paths.
    [0x7d] + pickled("w") + tensor(shape: [4], strides: [1]) + [0x73, 0x71, 0]
      + (0..<100).flatMap { _ in
        [0x7d, 0x28] + pickled("a") + [0x68, 0] + pickled("b") + [0x68, 0, 0x75, 0x71, 0] as [UInt8]
      },
    // A hundred thousand nested dictionaries.
    (0..<100_000).flatMap { _ in [0x7d] + pickled("a") as [UInt8] } + [0x7d]
      + [UInt8](repeating: 0x73, count: 100_000),
    // An object that is its own state, and is called with itself.
    Array("ca\nb\n)Rq".utf8) + [0] + [0x68, 0, 0x62, 0x68, 0, 0x85, 0x52],
    // Many objects that share one long argument.
    [0x28] + [UInt8](repeating: 0x4e, count: 1000) + [0x74, 0x71, 0] + Array("ca\nb\nq".utf8) + [1]
      + [0x5d, 0x28] + (0..<200_000).flatMap { _ in [0x68, 1, 0x68, 0, 0x52] as [UInt8] } + [0x65],
    // One long name for a hundred thousand keys, and for as many classes.
    pickled(String(repeating: "x", count: 100_000)) + [0x71, 0, 0x7d, 0x28]
      + (0..<100_000).flatMap { _ in [0x68, 0, 0x4e] as [UInt8] } + [0x75],
    pickled(String(repeating: "x", count: 100_000)) + [0x71, 0, 0x5d, 0x28]
      + (0..<100_000).flatMap { _ in [0x68, 0, 0x68, 0, 0x93] as [UInt8] } + [0x65],
    // A hundred thousand prefixes before the same name.
    [0x7d, 0x28]
      + (0..<50_000).flatMap { i in pickled("p\(i).time_embed.0.weight") + [0x4e] as [UInt8] }
      + [0x75],
  ]

  @Test
  func `a pickle with endlessly shared or nested parts is searched quickly`() throws {
    let pattern = NetworkPattern(anchor: "time_embed.0.weight")
    for maze in Self.mazes {
      let folder = try TemporaryFolder()
      let file = folder.url.appending(path: "file.pt")
      try Data(legacyFile(maze, storages: Self.storages)).write(to: file)
      // Only a crash or a hang fails this test, because all errors are of the right type.
      for pattern in [nil, pattern] { _ = try? CheckpointFile.open(file.path, for: pattern) }
    }
  }

  @Test(arguments: outside)
  func `a tensor that does not lie within its storage is refused`(_ file: RefusedFile) throws {
    try file.expectRefusal()
    #expect(try !#require(try refusal(file.bytes)).contains("\u{1b}"))
  }
}
