import Foundation
import Output
import TestSupport
import Testing

@Suite("Latents in a file")
struct LatentsCollectionTests {
  private let temporary = try! TemporaryFolder()

  private func open(_ file: Data, as name: String = "latents.npy") throws -> LatentsCollection {
    try temporary.write(file, to: name)
    return try LatentsCollection(opening: "\(temporary.path)/\(name)")
  }

  private static let elements = (0..<24).map { Float($0) / 4 - 2 }
  private static let latents = NumpyArray.floats(elements, shape: [2, 3, 2, 2])
  private static func labels(_ type: String, _ shape: String, _ bytes: [UInt8]) -> Data {
    Data(NumpyArray.header(type, shape) + bytes)
  }

  @Test(
    arguments: [
      (latents, nil), (NumpyArray.archive([("z.npy", latents)]), nil),
      (NumpyArray.archive([("z.npy", latents), ("y.npy", labels("|u1", "2,", [7, 2]))]), [7, 2]),
      // An array of another type or number is not one of labels.
      (NumpyArray.archive([("z.npy", latents), ("y.npy", labels("|u1", "3,", [7, 2, 1]))]), nil),
      (NumpyArray.archive([("z.npy", latents), ("y.npy", latents)]), nil),
    ] as [(Data, [Int]?)])
  func `latents and labels are read from an array or from the first arrays of an archive`(
    file: Data, labels: [Int]?
  ) throws {
    let collection = try open(file)
    #expect(collection.count == 2 && collection.channels == 3)
    #expect(collection.height == 2 && collection.width == 2)
    for index in 0..<2 {
      #expect(collection.latent(at: index) == Array(Self.elements[12 * index..<12 * index + 12]))
      #expect(collection.label(of: index) == labels?[index])
    }
    #expect(collection.classCount == labels.map { $0.max()! + 1 })
  }

  @Test(arguments: [
    (NumpyArray.header("<f8", "1, 3, 2, 2"), 96, "need float32 (<f4)"),
    (NumpyArray.header(">f4", "1, 3, 2, 2"), 48, "need float32 (<f4)"),
    (NumpyArray.header("<f4", "3, 2, 2"), 48, "the shape (3, 2, 2)"),
    (NumpyArray.header("<f4", "1, 3, 2, 2", isFortran: true), 48, "numpy.ascontiguousarray"),
    (NumpyArray.header("<f4", "0, 3, 2, 2"), 0, "holds no latents"),
    (NumpyArray.header("<f4", "1, 3, 2, 2"), 47, "do not take the 47 bytes"),
    (NumpyArray.header("<f4", "4611686018427387904, 3, 2, 2"), 48, "do not take"),
    (NumpyArray.header("<f4", "1, 0, 2, 2"), 0, "a side is not from 1"),
    (NumpyArray.header("<f4", "1, 1, 1, 5000"), 20000, "a side is not from 1"),
    ([], 48, "is not an .npy or .npz file of latents"),
  ])
  func `an array of another type, order, shape or size is refused`(
    header: [UInt8], bytes: Int, problem: String
  ) throws {
    #expect {
      try open(Data(header + [UInt8](repeating: 0, count: bytes)))
    } throws: { error in
      "\(error)".contains(problem)
    }
  }

  @Test(
    arguments: [
      ([("readme.txt", Data("text".utf8))], "holds no array"),
      (
        [("z.npy", latents), ("y.npy", labels("<i4", "2,", [1, 0, 0, 0, 255, 255, 255, 255]))],
        "which is not a label"
      ),
    ] as [([(String, Data)], String)])
  func `an archive without latents or with impossible labels is refused`(
    arrays: [(String, Data)], problem: String
  ) throws {
    #expect {
      try open(NumpyArray.archive(arrays.map { (name: $0.0, content: $0.1) }), as: "latents.npz")
    } throws: { error in
      "\(error)".contains(problem)
    }
  }

  @Test
  func `what encode writes is read back`() throws {
    try LatentsFile.write(
      Self.elements, shape: [2, 3, 2, 2], folder: temporary.url.path, name: "latents.npy")
    let collection = try LatentsCollection(
      opening: temporary.url.appending(path: "latents.npy").path)
    #expect((0..<2).flatMap(collection.latent) == Self.elements)
  }

  @Test(arguments: [latents, NumpyArray.archive([("z.npy", latents)])])
  func `a file that is cut anywhere is refused`(file: Data) {
    for end in file.indices {
      #expect(throws: SampleError.self, "cut at \(end)") { try open(file.prefix(end)) }
    }
  }

  @Test(arguments: [latents, NumpyArray.archive([("z.npy", latents)])])
  func `a file with any byte changed is refused, or read within its bounds`(file: Data) {
    for place in file.indices {
      var damaged = file
      damaged[place] ^= 0x41
      guard let collection = try? open(damaged) else { continue }
      for index in 0..<collection.count { _ = collection.latent(at: index) }
    }
  }
}
