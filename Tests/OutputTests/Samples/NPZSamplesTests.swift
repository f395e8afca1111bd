import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("Samples in an npz file")
struct NPZSamplesTests {
  private let temporary = try! TemporaryFolder()

  private func open(_ file: Data) throws -> SampleCollection {
    try temporary.write(file, to: "samples.npz")
    return try SampleCollection(opening: "\(temporary.path)/samples.npz")
  }

  /// An archive of arrays with these headers, whose bytes are all 1.
  private static func archive(_ arrays: [(name: String, header: [UInt8], bytes: Int)]) -> Data {
    NumpyArray.archive(
      arrays.map { ($0.name, Data($0.header + [UInt8](repeating: 1, count: $0.bytes))) })
  }

  @Test(arguments: [
    (NPZFixtures.labelled, [7, 2, 7]), (NPZFixtures.unlabelled, nil), (NPZFixtures.version2, nil),
  ])
  func `pixels and labels that numpy wrote are read`(fixture: String, labels: [Int]?) throws {
    let samples = try open(Data(npz: fixture))
    #expect(samples.kind == .npz)
    #expect(samples.count == 3 && samples.width == 2 && samples.height == 2)
    #expect(samples.indices == [0, 1, 2] && samples.missing.count == 0)
    #expect(samples.hasLabels == (labels != nil))
    for index in 0..<3 {
      #expect(samples.label(of: index) == labels?[index])
      #expect(samples.seed(of: index) == nil)
      #expect(try samples.image(at: index).pixels == (index * 12..<index * 12 + 12).map(UInt8.init))
    }
  }

  @Test(arguments: [NPZFixtures.grey, NPZFixtures.oneChannel])
  func `grey images and labels of any integer type are read`(fixture: String) throws {
    let samples = try open(Data(npz: fixture))
    #expect((0..<3).map(samples.label) == [2, 0, 1])
    // The first channel of each pixel of the second image.
    let greys: [UInt8] = [12, 15, 18, 21]
    #expect(try samples.image(at: 1).pixels == greys.flatMap { [$0, $0, $0] })
  }

  @Test
  func `the fingerprint is the hash of the file, and changes with it`() throws {
    let labelled = try open(Data(npz: NPZFixtures.labelled)).fingerprint()
    #expect(labelled.count == 64)
    #expect(try open(Data(npz: NPZFixtures.unlabelled)).fingerprint() != labelled)
    var damaged = try Data(npz: NPZFixtures.labelled)
    damaged[200] ^= 1
    let samples = try open(damaged)
    #expect(throws: SampleError.self) { try samples.fingerprint() }
  }

  @Test(arguments: [
    (NPZFixtures.compressed, "save the arrays again with numpy.savez"),
    (NPZFixtures.fortranOrder, "numpy.ascontiguousarray"),
  ])
  func `arrays that would be read wrongly are refused with advice`(
    fixture: String, advice: String
  ) throws {
    let file = try Data(npz: fixture)
    #expect {
      try open(file)
    } throws: { error in
      guard case SampleError.badData(_, let reason) = error else { return false }
      return reason.contains(advice)
    }
  }

  @Test(arguments: [
    ("|u1", "2, 3, 2, 2", 24, "(images, height, width, 3)"),
    ("<f4", "2, 2, 2, 3", 96, "uint8"),
    ("|u1", "2, 2, 2, 3", 23, "which do not take the 23 bytes"),
    ("|u1", "9223372036854775807, 9223372036854775807, 2, 3", 24, "do not take"),
    ("|u1", "1, 99999999999999999999, 2, 3", 24, "impossible"),
    ("|u1", "0, 2, 2, 3", 0, "holds no images"),
    ("|u1", "1, 0, 2, 3", 0, "must be 1 to 16384"),
    ("|u1", "1, 1, 20000, 3", 60000, "must be 1 to 16384"),
    ("|O", "2,", 24, "which is not read"),
  ])
  func `pixels of another type, shape or size are refused`(
    type: String, shape: String, bytes: Int, problem: String
  ) throws {
    let file = Self.archive([("arr_0.npy", NumpyArray.header(type, shape), bytes)])
    #expect {
      try open(file)
    } throws: { error in
      "\(error)".contains(problem)
    }
  }

  @Test
  func `more images than can be listed are refused`() throws {
    let count = 50_000_001
    let array = NumpyArray.header("|u1", "\(count), 1, 1")
    let member = StoredZip.Member(name: "arr_0.npy", size: array.count + count, offset: 0)
    let start = StoredZip.localHeader(member) + array
    try temporary.write(Data(start), to: "samples.npz")
    let path = "\(temporary.path)/samples.npz"
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    // The pixels are a hole in the file, which takes no space.
    try file.seek(toOffset: UInt64(start.count + count))
    try file.write(contentsOf: StoredZip.directory(of: [member], at: start.count + count))
    #expect {
      try SampleCollection(opening: path)
    } throws: { error in
      "\(error)".contains("has 50000001 images, more than 50000000")
    }
  }

  @Test(arguments: [
    ("<i8", "2,", 16, "labels need (3,)"), ("<f8", "3,", 24, "not little-endian integers"),
    ("<i8", "3,", 24, "which is not a label"), ("|i1", "3, 1", 3, "labels need (3,)"),
  ])
  func `labels of another type, number or size are refused`(
    type: String, shape: String, bytes: Int, problem: String
  ) throws {
    let file = Self.archive([
      ("arr_0.npy", NumpyArray.header("|u1", "3, 2, 2, 3"), 36),
      ("arr_1.npy", NumpyArray.header(type, shape), bytes),
    ])
    #expect {
      try open(file)
    } throws: { error in
      "\(error)".contains("arr_1") && "\(error)".contains(problem)
    }
  }

  @Test
  func `a file without arr_0 is refused with the names of its arrays`() throws {
    let file = Self.archive([("images\u{1B}.npy", NumpyArray.header("|u1", "1, 1, 1, 3"), 3)])
    #expect {
      try open(file)
    } throws: { error in
      "\(error)".contains("has no array arr_0") && !"\(error)".contains("\u{1B}")
    }
  }

  @Test
  func `a file truncated anywhere is refused`() throws {
    let whole = try Data(npz: NPZFixtures.labelled)
    for end in 0..<whole.count {
      #expect(throws: SampleError.self, "cut at \(end)") { try open(whole.prefix(end)) }
    }
  }

  @Test
  func `a file with any byte changed is refused or read within its bounds`() throws {
    let whole = try Data(npz: NPZFixtures.labelled)
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 0x41
      guard let samples = try? open(damaged) else { continue }
      for index in samples.indices { _ = try samples.image(at: index) }
    }
  }
}
