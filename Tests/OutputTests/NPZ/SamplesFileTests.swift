import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("The npz file of samples")
struct SamplesFileTests {
  private let temporary = try! TemporaryFolder()
  private let folder: OutputFolder

  init() throws {
    folder = try OutputFolder(creating: temporary.path)
  }

  private func write(_ plan: ImagePlan, done: some Sequence<Int>, side: Int = 2) throws {
    var bitmap = IndexBitmap(capacity: plan.count)
    for index in done { bitmap.insert(index) }
    try SamplesFile.write(
      folder: folder, store: CountingStore(side: side), plan: plan, done: bitmap, imageSize: 2)
  }

  @Test
  func `the file has the same bytes as numpy.savez, with and without labels`() throws {
    for (labels, fixture) in [
      (ImagePlan.Labels.spread(over: NumberRanges([7, 2]), .interleaved), NPZFixtures.labelled),
      (.unconditional, NPZFixtures.unlabelled),
    ] {
      try write(ImagePlan(labels: labels, seeds: NumberRanges(first: 3)), done: 0..<3)
      #expect(try temporary.contents(of: "samples_3x2x2x3.npz") == Data(npz: fixture))
    }
  }

  @Test
  func `missing images are left out, and the file of an earlier run is removed`() throws {
    let plan = ImagePlan(
      labels: .spread(over: NumberRanges(first: 4), .interleaved), seeds: NumberRanges(first: 100))
    let others = ["samples_7x64x64x3.npz", "samples_mine.npz"]
    for other in others { try temporary.write("", to: other) }
    try write(plan, done: [3, 10])
    #expect(temporary.tree() == (["samples_2x2x2x3.npz"] + others).sorted())
    let bytes = try [UInt8](temporary.contents(of: "samples_2x2x2x3.npz"))
    let pixels = (36..<48).map(UInt8.init) + (120..<132).map(UInt8.init)
    #expect(bytes.firstRange(of: pixels) != nil)
    #expect(bytes.firstRange(of: [3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]) != nil)
    try write(plan, done: 0..<100)
    #expect(temporary.tree() == (["samples_100x2x2x3.npz"] + others).sorted())
  }

  @Test
  func `images of another size or an unreadable one are errors that leave no file`() throws {
    let plan = ImagePlan(labels: .unconditional, seeds: NumberRanges(first: 3))
    #expect(throws: DamagedImages([0, 1, 2])) { try write(plan, done: 0..<3, side: 3) }
    let store = FakeStore(plan: plan, side: 2)
    store.damage([1])
    var done = IndexBitmap(capacity: 3)
    for index in 0..<3 { done.insert(index) }
    #expect(throws: OutputError.system(action: "read", path: "image 1", code: EIO)) {
      try SamplesFile.write(folder: folder, store: store, plan: plan, done: done, imageSize: 2)
    }
    #expect(temporary.tree().isEmpty)
  }

  @Test(arguments: [
    ([(2 << 30) - 1, 2 << 30, 100], Fixtures.twoGiB), ([3 << 30], Fixtures.threeGiB),
    ([5 << 30, 100], Fixtures.fiveGiB),
  ])
  func `an archive of more than 2 or 4 GiB ends as in Python's zipfile`(
    sizes: [Int], fixture: String
  ) throws {
    var end = 0
    var members: [StoredZip.Member] = []
    for (number, size) in sizes.enumerated() {
      let member = StoredZip.Member(
        name: "arr_\(number).npy", size: size, checksum: 0x1234_5678 + UInt32(number), offset: end)
      end += StoredZip.localHeader(member).count + size
      members.append(member)
    }
    #expect(try Data(StoredZip.directory(of: members, at: end)) == Data(npz: fixture))
  }
}

/// Images whose bytes count up, beginning with the first pixel of the first image.
private struct CountingStore: ImageStore {
  let side: Int

  func read(index: Int) throws -> Data {
    let size = side * side * 3
    let pixels = (0..<size).map { UInt8(truncatingIfNeeded: index * size + $0) }
    return try RGBImage(width: side, height: side, pixels: pixels).pngData()
  }
}

/// The output of scripts/make-npz-fixture.py.
private enum Fixtures {
  static let twoGiB =
    """
    UEsBAi0DLQAAAAAAAAAhAHhWNBL///9/////fwkAAAAAAAAAAAAAAIABAAAAAGFycl8wLm5weVBLAQItAy0AAAAAAAAA
    IQB5VjQS//////////8JABwAAAAAAAAAAACAAf////9hcnJfMS5ucHkBABgAAAAAgAAAAAAAAACAAAAAADoAAIAAAAAA
    UEsBAi0DLQAAAAAAAAAhAHpWNBJkAAAAZAAAAAkADAAAAAAAAAAAAIAB/////2Fycl8yLm5weQEACAB1AAAAAQAAAFBL
    BgYsAAAAAAAAAC0ALQAAAAAAAAAAAAMAAAAAAAAAAwAAAAAAAADNAAAAAAAAABQBAAABAAAAUEsGBwAAAADhAQAAAQAA
    AAEAAABQSwUGAAAAAAMAAwDNAAAA/////wAA
    """

  static let threeGiB =
    """
    UEsBAi0DLQAAAAAAAAAhAHhWNBL//////////wkAFAAAAAAAAAAAAIABAAAAAGFycl8wLm5weQEAEAAAAADAAAAAAAAA
    AMAAAAAAUEsGBiwAAAAAAAAALQAtAAAAAAAAAAAAAQAAAAAAAAABAAAAAAAAAEsAAAAAAAAAOwAAwAAAAABQSwYHAAAA
    AIYAAMAAAAAAAQAAAFBLBQYAAAAAAQABAEsAAAA7AADAAAA=
    """

  static let fiveGiB =
    """
    UEsBAi0DLQAAAAAAAAAhAHhWNBL//////////wkAFAAAAAAAAAAAAIABAAAAAGFycl8wLm5weQEAEAAAAABAAQAAAAAA
    AEABAAAAUEsBAi0DLQAAAAAAAAAhAHlWNBJkAAAAZAAAAAkADAAAAAAAAAAAAIAB/////2Fycl8xLm5weQEACAA7AABA
    AQAAAFBLBgYsAAAAAAAAAC0ALQAAAAAAAAAAAAIAAAAAAAAAAgAAAAAAAACOAAAAAAAAANoAAEABAAAAUEsGBwAAAABo
    AQBAAQAAAAEAAABQSwUGAAAAAAIAAgCOAAAA/////wAA
    """
}
