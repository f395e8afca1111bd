import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("WebDataset shards")
struct TarShardStoreTests {
  let temporary: TemporaryFolder
  let folder: OutputFolder

  init() throws {
    temporary = try TemporaryFolder()
    folder = try OutputFolder(creating: temporary.path)
  }

  /// Seven images in shards of three. The last shard has one image.
  static let count = 7

  private func catalog(labels: Bool = true) -> ImageCatalog {
    ImageCatalog(
      work: Work(
        ImagePlan(
          labels: labels ? .exact(NumberRanges((0..<Self.count).map { $0 % 2 })) : .unconditional,
          seeds: NumberRanges(first: Self.count))),
      format: OutputFormat(container: .tar, shardSize: 3), classCount: labels ? 2 : nil,
      classNames: labels ? ["a cat", "a dog"] : nil)
  }

  private func png(_ index: Int) throws -> [UInt8] {
    try [UInt8](
      RGBImage.pattern(width: 2 + 40 * (index % 3), height: 3).pngData(
        text: [("label", "\(index % 2)"), ("seed", "\(index)"), ("settings", "s")]))
  }

  private func opened(
    _ check: ImageCheck? = nil, reading: ImageCheck? = nil
  ) throws -> (TarShardStore, PublishedImages) {
    let store = TarShardStore(folder: folder, catalog: catalog(), check: reading)
    return (store, try store.open(check: check))
  }

  @discardableResult
  private func fill(_ store: TarShardStore, _ indices: [Int]) throws -> [[Int]] {
    var listed: [[Int]] = []
    for index in indices {
      try store.add(FinishedImage(index: index, png: png(index))) { listed.append($0) }
    }
    return listed
  }

  private func shards() throws -> [String: Data] {
    var shards: [String: Data] = [:]
    for name in temporary.tree() where name.hasPrefix("shards/") {
      shards[String(name.dropFirst(7))] = try temporary.contents(of: name)
    }
    return shards
  }

  /// Returns the shards of an undisturbed job.
  private func undisturbed() throws -> [String: Data] {
    let other = try TarShardStoreTests()
    let (store, _) = try other.opened()
    try other.fill(store, Array(0..<Self.count))
    try store.publish(incomplete: true) { _ in }
    return try other.shards()
  }

  @Test
  func `a shard appears with its last image, with its files in order`() async throws {
    let (store, _) = try opened()
    #expect(try fill(store, [2, 6, 5, 0]) == [[6]])
    #expect(try Set(shards().keys).intersection(["000000.tar", "000001.tar"]).isEmpty)
    #expect(try fill(store, [3, 4, 1]) == [[3, 4, 5], [0, 1, 2]])
    for index in 0..<Self.count { #expect(try store.read(index: index) == Data(png(index))) }
    try store.publish(incomplete: true) { _ in }
    #expect(try shards() == undisturbed())
    let list = try await TestProcess.run(
      URL(filePath: "/usr/bin/env"), ["tar", "tf", "\(temporary.path)/shards/000001.tar"])
    #expect(
      list.output.split(separator: "\n")
        == (3...5).flatMap { i in ["png", "cls", "json"].map { "00000\(i).\($0)" } })
    #expect(list.errors.isEmpty && list.status == 0)
    let text = try await TestProcess.run(
      URL(filePath: "/usr/bin/env"),
      ["tar", "xOf", "\(temporary.path)/shards/000001.tar", "000003.cls", "000003.json"])
    #expect(
      text.output
        == "1{\"file_name\":\"000003.png\",\"label\":1,\"class_name\":\"a dog\",\"seed\":3}")
  }

  @Test
  func `shards-index.jsonl has the name, first image, images, bytes and hash of each shard`()
    async throws
  {
    let (store, _) = try opened()
    try fill(store, Array(0..<Self.count).reversed())
    try store.publish(incomplete: true) { _ in }
    let lines = try String(decoding: temporary.contents(of: "shards-index.jsonl"), as: UTF8.self)
      .split(separator: "\n")
    #expect(lines.count == 3)
    for (shard, line) in lines.enumerated() {
      let name = "00000\(shard).tar"
      let sum = try await TestProcess.run(
        URL(filePath: "/usr/bin/env"), ["sha256sum", "\(temporary.path)/shards/\(name)"])
      let size = try temporary.contents(of: "shards/\(name)").count
      #expect(
        line == """
          {"shard":"\(name)","first":\(shard * 3),"images":\(shard < 2 ? 3 : 1),"bytes":\(size),\
          "sha256":"\(sum.output.prefix(64))"}
          """)
    }
  }

  @Test
  func `a log truncated anywhere loses only the missing part, and the final shard is the same`()
    throws
  {
    let (store, _) = try opened()
    try fill(store, [1])
    let firstSize = try temporary.contents(of: "shards/.000000.tar.partial").count
    try fill(store, [0])
    let log = try temporary.contents(of: "shards/.000000.tar.partial")
    let whole = try undisturbed()["000000.tar"]
    for length in 0...log.count {
      let other = try TarShardStoreTests()
      try FileManager.default.createDirectory(
        atPath: "\(other.temporary.path)/shards", withIntermediateDirectories: true)
      try log.prefix(length).write(
        to: URL(filePath: "\(other.temporary.path)/shards/.000000.tar.partial"))
      let (store, found) = try other.opened()
      let there = length == log.count ? [0, 1] : length >= firstSize ? [1] : []
      #expect((0..<Self.count).filter(found.done.contains) == there, "cut at \(length)")
      #expect(found.published.count == 0)
      guard length % 97 == 0 else { continue }
      try other.fill(store, [2] + [0, 1].filter { !there.contains($0) })
      #expect(try other.shards()["000000.tar"] == whole, "cut at \(length)")
    }
  }

  @Test
  func `a log with wrong bytes anywhere gives neither a wrong image nor a crash`() throws {
    let (store, _) = try opened()
    try fill(store, [1, 0])
    let log = try temporary.contents(of: "shards/.000000.tar.partial")
    // All positions in the headers, and some of the others.
    let places = Array(0..<512) + stride(from: 512, to: log.count, by: 61)
    let check = ImageCheck(catalog: catalog(), settings: "s", side: 3)
    for place in places {
      let other = try TarShardStoreTests()
      var bytes = log
      bytes[place] ^= 0xFF
      try FileManager.default.createDirectory(
        atPath: "\(other.temporary.path)/shards", withIntermediateDirectories: true)
      try bytes.write(to: URL(filePath: "\(other.temporary.path)/shards/.000000.tar.partial"))
      let (store, found) = try other.opened()
      for index in 0..<Self.count where found.done.contains(index) {
        let read = try store.read(index: index)
        #expect(try read == Data(png(index)) || check.fault(in: read, index: index) != nil)
      }
    }
  }

  @Test
  func `published shards stay, and a state between two steps is repaired`() throws {
    let (store, _) = try opened()
    try fill(store, [0, 1])
    let log = try temporary.contents(of: "shards/.000000.tar.partial")
    try fill(store, [2, 3])
    let bystander = try temporary.contents(of: "shards/.000001.tar.partial")
    let whole = try temporary.contents(of: "shards/000000.tar")
    // Killed before the log was removed, before the index was written, and while a copy was
    // written.
    let remains: [[String: Data]] = [
      ["000000.tar": whole, ".000000.tar.partial": log],
      ["000000.tar": whole],
      [".000000.tar.partial": whole, ".000000.tar.whole.partial": whole.prefix(700)],
    ]
    for files in remains {
      let other = try TarShardStoreTests()
      try FileManager.default.createDirectory(
        atPath: "\(other.temporary.path)/shards", withIntermediateDirectories: true)
      for (name, data) in files.merging(
        [".000001.tar.partial": bystander], uniquingKeysWith: { $1 })
      {
        try data.write(to: URL(filePath: "\(other.temporary.path)/shards/\(name)"))
      }
      let (store, found) = try other.opened()
      #expect((0..<Self.count).filter(found.done.contains) == [0, 1, 2, 3])
      try store.publish(incomplete: false) { #expect($0 == [0, 1, 2]) }
      try other.fill(store, [4, 5, 6])
      try store.publish(incomplete: true) { _ in }
      try store.sweep()
      #expect(try other.shards() == undisturbed())
      #expect(try other.temporary.contents(of: "shards-index.jsonl").isEmpty == false)
    }
  }

  @Test
  func `a shard published without given-up images includes them later`() throws {
    let (store, _) = try opened()
    try fill(store, [0, 2, 3, 4, 5])
    var listed: [[Int]] = []
    try store.publish(incomplete: true) { listed.append($0) }
    try store.sweep()
    #expect(listed == [[0, 2]])
    #expect(try Set(shards().keys) == ["000000.tar", "000001.tar"])
    #expect(try store.read(index: 2) == Data(png(2)))

    let (other, found) = try opened()
    #expect((0..<Self.count).filter(found.done.contains) == [0, 2, 3, 4, 5])
    #expect((0..<Self.count).filter(found.published.contains) == [3, 4, 5])
    try fill(other, [1, 6])
    try other.publish(incomplete: true) { _ in }
    #expect(try shards() == undisturbed())
  }

  @Test
  func `the folder of shards contains nothing else, and files of earlier versions are removed`()
    throws
  {
    let (store, _) = try opened()
    try fill(store, Array(0..<Self.count))
    try store.publish(incomplete: true) { _ in }
    #expect(try shards().keys.allSatisfy { $0.hasSuffix(".tar") })
    // A folder as an earlier version leaves it.
    let index = try temporary.contents(of: "shards-index.jsonl")
    try FileManager.default.moveItem(
      atPath: "\(temporary.path)/shards-index.jsonl",
      toPath: "\(temporary.path)/shards/index.jsonl")
    try temporary.write("", to: "shards/metadata.jsonl")
    let (_, found) = try opened()
    #expect(found.done.count == Self.count && found.published.count == Self.count)
    var metadata = MetadataFile(folder: folder, catalog: catalog())
    try metadata.rewrite(found.published)
    #expect(try shards() == undisturbed())
    #expect(try temporary.contents(of: "shards-index.jsonl") == index)
    #expect(try temporary.contents(of: "metadata.jsonl").count > 0)
  }

  @Test(arguments: [[1], [3, 5], [6], [0, 1, 2], [0, 4]], [true, false])
  func `damaged images are removed from a shard and added again, with the same bytes`(
    indices: [Int], isComplete: Bool
  ) throws {
    let (store, _) = try opened()
    let made = (0..<Self.count).filter { isComplete || $0 % 3 != 2 }
    try fill(store, made)
    if isComplete { try store.publish(incomplete: true) { _ in } }
    let held = indices.filter(made.contains)
    try store.discard(held)
    for index in made where !held.contains(index) {
      #expect(try store.read(index: index) == Data(png(index)))
    }
    // If the job were killed now, the next one would find the other images.
    let (other, found) = try opened()
    #expect(
      (0..<Self.count).filter(found.done.contains) == made.filter { !held.contains($0) })
    try fill(other, (0..<Self.count).filter { !found.done.contains($0) })
    try other.publish(incomplete: true) { _ in }
    try other.sweep()
    #expect(try shards() == undisturbed())
  }

  @Test
  func `missing shards are detected`() throws {
    let (store, found) = try opened()
    try fill(store, [0, 1, 2, 3])
    var done = found.done
    for index in 0..<4 { done.insert(index) }
    #expect(try store.missing(of: done).isEmpty)
    try #require(unlink("\(temporary.path)/shards/000000.tar") == 0)
    #expect(try store.missing(of: done) == [0, 1, 2])
  }

  @Test
  func `a damaged image in a log is found at the start and left out of the log`() throws {
    let check = ImageCheck(catalog: catalog(), settings: "s", side: 3)
    func small(_ index: Int) throws -> [UInt8] {
      try [UInt8](
        RGBImage.pattern(width: 3, height: 3).pngData(
          text: [("label", "\(index % 2)"), ("seed", "\(index)"), ("settings", "s")]))
    }
    let (store, _) = try opened()
    for index in [1, 0] {
      try store.add(FinishedImage(index: index, png: small(index))) { _ in }
    }
    let log = URL(filePath: "\(temporary.path)/shards/.000000.tar.partial")
    var bytes = try Data(contentsOf: log)
    bytes[512 + 60] ^= 1
    try bytes.write(to: log)
    let (second, found) = try opened(reading: check)
    #expect((0..<Self.count).filter(found.done.contains) == [0] && found.damaged == 1)
    try second.add(FinishedImage(index: 1, png: small(1))) { _ in }
    // A start without checks must not find the damaged copy before the good one.
    let (third, again) = try opened()
    #expect((0..<Self.count).filter(again.done.contains) == [0, 1])
    #expect(try third.read(index: 1) == Data(small(1)))
  }

  @Test
  func `a full check of shards finds damage that their ends do not show`() throws {
    let check = ImageCheck(catalog: catalog(), settings: "s", side: 3)
    let (store, _) = try opened()
    for index in 0..<6 {
      let png = try RGBImage.pattern(width: 3, height: 3).pngData(
        text: [("label", "\(index % 2)"), ("seed", "\(index)"), ("settings", "s")])
      try store.add(FinishedImage(index: index, png: [UInt8](png))) { _ in }
    }
    let file = URL(filePath: "\(temporary.path)/shards/000001.tar")
    var bytes = try Data(contentsOf: file)
    bytes[512 + 60] ^= 1
    try bytes.write(to: file)
    #expect(try opened().1.done.count == 6)
    let found = try opened(check).1
    #expect((0..<Self.count).filter(found.done.contains) == [0, 1, 2, 4, 5])
    #expect(found.damaged == 1)
  }
}
