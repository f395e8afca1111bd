import Cache
import Foundation
import TestSupport
import Testing
import Threads

/// Packed weights that one process passes to another.
@Suite struct SharingTests {
  private static let weights = SampleWeights(byteCount: 500_000)

  /// A cache folder of a process that takes part in a job with others.
  private final class Node: Sendable {
    let parent: TemporaryFolder
    let folder: CacheFolder
    let sharing: PackedSharing

    /// - Parameter receives: whether other processes send weights.
    init(_ path: String? = nil, receives: Bool = true) throws {
      parent = try TemporaryFolder()
      folder = CacheFolder(path ?? parent.url.appending(path: "cache").path)
      sharing = PackedSharing(
        PackedReservations(folder, keys: [weights.key]),
        arrivals: receives ? PackedArrivals {} : nil)
    }

    var file: Data? {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.first { $0.hasSuffix(".weights") }.flatMap {
        FileManager.default.contents(atPath: "\(folder.path)/\($0)")
      }
    }

    /// Takes the weights on another thread, which waits for other processes.
    func take(note: @escaping @Sendable (CacheMessage) -> Void = { _ in }) throws -> Result {
      let result = Result()
      try BackgroundThread.start { [self] in
        do {
          result.made.put(try weights.make(in: folder, sharing: sharing, note: note))
        } catch {
          result.made.put(-1)
        }
      }
      return result
    }

    final class Result: Sendable {
      let made = Slot()
    }
  }

  /// A number that another thread provides.
  private final class Slot: @unchecked Sendable {
    private let condition = NSCondition()
    private var stored: Int?

    func put(_ value: Int) { condition.withLock { stored = value } }
    var value: Int? { condition.withLock { stored } }
  }

  /// Sends what `node` orders from `source` until it has the weights. Returns how many constants it
  /// made itself.
  private func send(
    from source: Node, to node: Node, change: (PackedPiece) -> PackedPiece? = { $0 },
    note: @escaping @Sendable (CacheMessage) -> Void = { _ in }
  ) async throws -> Int {
    let taken = try node.take(note: note)
    var sent = 0
    while taken.made.value == nil {
      if let order = node.sharing.arrivals?.order, order.written == sent,
        case .piece(let piece) = source.sharing.offers.supply(
          of: order.file, at: sent, byteCount: 70_001)
      {
        sent += piece.bytes.count
        if let changed = change(piece) {
          node.sharing.arrivals?.put(changed)
        } else {
          node.sharing.arrivals?.fail()
        }
      }
      try await Task.sleep(for: .milliseconds(1))
    }
    return try #require(taken.made.value)
  }

  private func packed() throws -> Node {
    let source = try Node(receives: false)
    #expect(try Self.weights.make(in: source.folder, sharing: source.sharing) == Self.weights.count)
    return source
  }

  private func remade(_ piece: PackedPiece, change: (inout [UInt8]) -> Void) -> PackedPiece {
    var bytes = piece.bytes
    change(&bytes)
    return PackedPiece(
      offset: piece.offset, fileSize: piece.fileSize, checksum: piece.checksum, bytes: bytes)
  }

  @Test
  func `weights that arrive are those that were sent, and nothing is packed`() async throws {
    let (source, node) = (try packed(), try Node())
    #expect(node.sharing.reservations.states == [Self.weights.key.fileName: .reserved])
    #expect(try await send(from: source, to: node) == 0)
    #expect(node.file == source.file && node.file != nil)
    #expect(try Node(node.folder.path).sharing.reservations.states.values.first == .complete)
    #expect(try Self.weights.make(in: node.folder) == 0)
  }

  @Test
  func `weights are passed on while they arrive`() async throws {
    let (source, node, last) = (try packed(), try Node(), try Node())
    let name = Self.weights.key.fileName
    #expect(node.sharing.offers.supply(of: name, at: 0, byteCount: 100) == .later)
    let half = try await send(from: source, to: node) { piece in
      guard piece.offset > 0 else { return piece }
      let first = source.sharing.offers.supply(of: name, at: 0, byteCount: 70_001)
      #expect(node.sharing.offers.supply(of: name, at: 0, byteCount: 70_001) == first)
      #expect(
        node.sharing.offers.supply(of: name, at: piece.offset, byteCount: 70_001) == .later)
      return piece
    }
    #expect(half == 0)
    #expect(try await send(from: node, to: last) == 0)
    #expect(last.file == source.file)
  }

  @Test
  func `damaged weights are not kept, although each piece is intact`() async throws {
    let (source, node) = (try packed(), try Node())
    let made = try await send(from: source, to: node) { piece in
      piece.offset == 0 ? piece : remade(piece) { $0[9] ^= 1 }
    }
    #expect(made == Self.weights.count)
    #expect(node.file == source.file)
  }

  @Test
  func `a damaged piece is noticed`() throws {
    let source = try packed()
    let supply = source.sharing.offers.supply(
      of: Self.weights.key.fileName, at: 64, byteCount: 1000)
    guard case .piece(let piece) = supply else { throw TestSetupError("\(supply)") }
    #expect(piece.isIntact && piece.bytes.count == 1000 && piece.offset == 64)
    #expect(!remade(piece) { $0[999] ^= 0x80 }.isIntact)
    #expect(!remade(piece) { $0.removeLast() }.isIntact)
    #expect(!remade(piece) { $0 = [] }.isIntact)
  }

  @Test(arguments: [0, 70_001, 140_002])
  func `if no process has the rest, the weights are packed, with the same bytes`(
    failure: Int
  ) async throws {
    let (source, node) = (try packed(), try Node())
    let made = try await send(from: source, to: node) { $0.offset == failure ? nil : $0 }
    #expect(made == Self.weights.count)
    #expect(node.file == source.file)
  }

  @Test(arguments: [-1, Int.min, Int.max, 1 << 40])
  func `a request outside the file is refused`(offset: Int) throws {
    let source = try packed()
    let name = Self.weights.key.fileName
    #expect(source.sharing.offers.supply(of: name, at: offset, byteCount: 1) == .never)
    #expect(source.sharing.offers.supply(of: name, at: 0, byteCount: -1) == .never)
  }

  @Test
  func `of the processes that share a folder, one reserves all missing files`() throws {
    let folder = try TemporaryFolder()
    let cache = CacheFolder(folder.url.path)
    let keys = ["a", "b", "c"].map { SampleWeights(byteCount: 20_000, name: $0).key }
    _ = try SampleWeights(byteCount: 20_000, name: "b").make(in: cache)
    let first = PackedReservations(cache, keys: keys)
    #expect(keys.map { first.states[$0.fileName] } == [.reserved, .complete, .reserved])
    #expect(PackedReservations(cache, keys: keys).states.isEmpty)
    #expect(
      PackedReservations(cache, keys: [keys[1], keys[2]]).states == [keys[1].fileName: .complete])
    PackedSharing(first, arrivals: nil).close()
    #expect(PackedReservations(cache, keys: [keys[0], keys[0]]).states.count == 1)
  }

  @Test
  func `files that are not needed are released and refused`() throws {
    let node = try Node()
    node.sharing.close()
    let name = Self.weights.key.fileName
    #expect(node.sharing.offers.supply(of: name, at: 0, byteCount: 1) == .never)
    #expect(try Self.weights.make(in: node.folder) == Self.weights.count)
  }

  @Test
  func `a folder that cannot be used reserves nothing, and refuses`() throws {
    let node = try Node("/proc/cache")
    #expect(node.sharing.reservations.states.isEmpty)
    #expect(try Self.weights.make(in: node.folder, sharing: node.sharing) == Self.weights.count)
    #expect(
      node.sharing.offers.supply(of: Self.weights.key.fileName, at: 0, byteCount: 1) == .never)
  }

  /// On a file system of 256 KiB.
  @Test(.enabled(if: geteuid() == 0))
  func `if the disk is full, received weights are packed in private memory`() async throws {
    let parent = try TemporaryFolder()
    let path = parent.url.path
    let mounted = try await TestProcess.run(
      URL(filePath: "/bin/mount"), ["-t", "tmpfs", "-o", "size=256k", "none", path])
    // Containers may not allow mounting.
    guard mounted.status == 0 else { return }
    let (source, node, warnings) = (try packed(), try Node(path), Slot())
    let made = try await send(
      from: source, to: node,
      note: { message in
        if "\(message)".contains("No space left") { warnings.put((warnings.value ?? 0) + 1) }
      })
    #expect(made == Self.weights.count && warnings.value == 1 && node.file == nil)
    #expect(
      node.sharing.offers.supply(of: Self.weights.key.fileName, at: 0, byteCount: 1) == .never)
    _ = try await TestProcess.run(URL(filePath: "/bin/umount"), [path])
  }
}
