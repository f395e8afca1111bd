import Checkpoint
import Compute
import Testing

@Suite("Checkpoint files")
struct CheckpointFileTests {
  @Test(arguments: Fixtures.names)
  func `every tensor that PyTorch saved is read as PyTorch reads it`(_ name: String) throws {
    let expected = try #require(Fixtures.expected[name])
    let file = try CheckpointFile.open(Fixtures.path(name))
    #expect(file.names.sorted() == expected.tensors.map(\.name).sorted())
    #expect(Set(file.tensors.keys) == Set(file.names))
    for expectedTensor in expected.tensors {
      let stored = try #require(file.tensors[expectedTensor.name])
      #expect(stored.name == expectedTensor.name)
      #expect(stored.scalarType == expectedTensor.scalarType, "\(stored.name)")
      #expect(stored.shape == expectedTensor.shape, "\(stored.name)")
      #expect(stored.count == expectedTensor.bits.count, "\(stored.name)")
      let tensor = try stored.tensor()
      #expect(tensor.shape == expectedTensor.shape)
      let floats = expectedTensor.bits.map { Float(bitPattern: $0) }
      #expect(tensor.elements.elementsEqual(floats, by: same), "\(stored.name)")
    }
  }

  @Test(arguments: Fixtures.names)
  func `the container, the metadata and the location of the tensors are reported`(_ name: String)
    throws
  {
    let expected = try #require(Fixtures.expected[name])
    let file = try CheckpointFile.open(Fixtures.path(name))
    #expect(file.container == expected.container)
    #expect(file.metadata == expected.metadata)
    #expect(file.stateDictionaryKey == expected.stateDictionaryKey)
    #expect(file.path == Fixtures.path(name))
  }

  @Test(arguments: ["module-zip.pt", "views-legacy.pt"])
  func `names are in the order of the state dict`(_ name: String) throws {
    let file = try CheckpointFile.open(Fixtures.path(name))
    #expect(file.names == Fixtures.expected[name]?.tensors.map(\.name))
  }

  @Test(arguments: Fixtures.names)
  func `the hash equals that of Python's hashlib`(_ name: String) throws {
    let file = try CheckpointFile.open(Fixtures.path(name))
    #expect(try file.files.all[0].file.sha256() == Fixtures.expected[name]?.sha256)
    #expect(file.byteCount == Fixtures.bytes(name).count)
  }

  @Test(arguments: ["views-zip.pt", "views-legacy.pt"])
  func `views keep their saved strides`(_ name: String) throws {
    let file = try CheckpointFile.open(Fixtures.path(name))
    #expect(file.tensors["transposed"]?.parts[0].strides == [1, 6])
    #expect(file.tensors["expanded"]?.parts[0].strides == [0, 1])
    #expect(file.tensors["master.overlapping"]?.parts[0].strides == [2, 1])
    let base = try #require(file.tensors["base"]).parts[0]
    #expect(file.tensors["tied"]?.parts[0].byteOffset == base.byteOffset)
    #expect(file.tensors["offset"]?.parts[0].byteOffset == base.byteOffset + 6 * 4)
  }

  @Test
  func `every half-precision number is converted exactly`() throws {
    let header = #"{"h":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
    let data = (0...UInt16.max).flatMap(\.littleEndianBytes)
    let tensors = try open(UInt64(header.utf8.count).littleEndianBytes + header.utf8 + data)
    let expected = (0...UInt16.max).map { Float(Float16(bitPattern: $0)) }
    #expect(try #require(tensors["h"]).elementsEqual(expected, by: same))
  }
}
