import Checkpoint
import Testing

@Suite("Safetensors headers")
struct SafetensorsTests {
  /// Returns a file with this header and `count` bytes of data.
  static func file(_ header: String, data count: Int = 8, length: UInt64? = nil) -> [UInt8] {
    (length ?? UInt64(header.utf8.count)).littleEndianBytes + Array(header.utf8)
      + [UInt8](repeating: 0, count: count)
  }

  static func tensor(
    _ name: String = "w", dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]"
  ) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test(arguments: [
    (
      #"{ "w\u0041\ud83d\ude00\n" : {"shape" : [ 1 , 2 ],"data_offsets":[0,8],"dtype":"F32"}}  "#,
      ["wA😀\n"]
    ),
    ("{\(tensor()),\(tensor("e", shape: "[0,3]", offsets: "[8,8]"))}", ["e", "w"]),
    ("{\(tensor(shape: "[2,1]")),\"__metadata__\":{}}", ["w"]),
    // Headers that the format's own library (0.8) also reads.
    ("{\"__metadata__\":null,\(tensor())}", ["w"]),
    (#"{"__metadata__":{"a":"1","a":"2"},\#(tensor())}"#, ["w"]),
    (" \n{\(tensor())}\t", ["w"]),
    (
      #"{"w":{"dtype":"F32","x":{"y":[1,null,-1.5e3,{"z":"}"}]},"shape":[2],"data_offsets":[0,8]}}"#,
      ["w"]
    ),
    ("{\(tensor("v", shape: "[0]", offsets: "[8,8]")),\(tensor())}", ["v", "w"]),
    (#"{"":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}"#, [""]),
  ])
  func `spaces, escapes and an empty header are read`(_ header: String, _ names: [String]) throws {
    let tensors = try open(Self.file(header), named: "a.safetensors")
    #expect(tensors.keys.sorted() == names)
  }

  static func header(_ bytes: [UInt8], _ clue: String) -> RefusedFile {
    .init(bytes, clue, named: "a.safetensors")
  }

  static let refused: [RefusedFile] = [
    header(file("{", length: .max), "impossible"),
    header(file("{", length: 1 << 62), "does not fit"),
    header(file("{\(tensor())}", length: 100), "does not fit"),
    header(file("{\(tensor())}", length: 40), "the header"),
    header(file("{\(tensor()),\(tensor())}"), "twice"),
    header(file(#"{"__metadata__":nul,\#(tensor())}"#), "should be here"),
    header(file(#"{"__metadata__":{"a":null},\#(tensor())}"#), "should be here"),
    header(file(#"{"__metadata__":{"a":1},\#(tensor())}"#), "should be here"),
    header(file(#"{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#), "twice"),
    header(file(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":}}"#), "should be here"),
    header(file(#"{"w":{"dtype":"F32","data_offsets":[0,8]}}"#), "lacks"),
    header(file("{\(tensor(offsets: "[8,0]"))}"), "lacks"),
    header(file("{\(tensor(offsets: "[0]"))}"), "lacks"),
    header(file("{\(tensor(offsets: "[0,8,8]"))}"), "over 2"),
    header(file("{\(tensor(dtype: "F8_E4M3"))}"), "tensor w: has elements of type F8_E4M3"),
    header(file("{\(tensor(dtype: "f32"))}"), "elements of type f32"),
    header(file("{\(tensor(shape: "[3]"))}"), "tensor w: 8 bytes are not shape [3] of f32"),
    header(file("{\(tensor(shape: "[4294967296,4294967296]"))}"), "are not shape"),
    header(
      file("{\(tensor(shape: "[0,9223372036854775807,9]", offsets: "[0,0]"))}", data: 0), "shape"),
    header(file("{\(tensor(shape: "[99999999999999999999]"))}"), "too large"),
    header(file("{\(tensor(shape: "[-2]"))}"), "whole number"),
    header(file("{\(tensor(shape: "[2.0]"))}"), "should be here"),
    header(file("{\(tensor(shape: "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]"))}"), "over 16"),
    header(file("{\(tensor(offsets: "[8,16]"))}"), "do not follow"),
    header(file("{\(tensor(offsets: "[0,16]"))}"), "do not follow"),
    header(file("{\(tensor()),\(tensor("v", offsets: "[4,12]"))}", data: 12), "do not follow"),
    header(file("{\(tensor())}", data: 12), "account for 8"),
    header(file("{\(tensor())}{}"), "follows the end of the header"),
    header(file("{\(tensor()),}"), "should be here"),
    header(file(String(repeating: #"{"a":"#, count: 10_000)), "ends within"),
    header(file(#"{"w":{"x":"# + String(repeating: "[", count: 100_000)), "ends within"),
    header(file("{" + String(repeating: "[", count: 10_000)), "should be here"),
    header(file(#"{"w\q":1}"#), "escape"), header(file(#"{"w\u12g4":1}"#), "escape"),
    header(file("{\"w\u{1}\":1}"), "control character"),
  ]

  @Test(arguments: refused)
  func `an inconsistent header is refused`(_ file: RefusedFile) throws {
    try file.expectRefusal()
  }

  @Test
  func `a header of huge length is refused under any file name`() throws {
    let message = try #require(try refusal(Self.file("{\(Self.tensor())}", length: 1 << 50)))
    #expect(message.contains("a header of 1125899906842624 bytes"), "\(message)")
  }
}
