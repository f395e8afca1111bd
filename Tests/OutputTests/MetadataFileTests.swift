import Foundation
import Output
import Testing

@Suite("metadata.jsonl")
struct MetadataFileTests {
  let temporary = try! TemporaryFolder()

  static let records = (0..<200).map {
    ImageRecord(
      index: $0, label: $0 % 10, className: $0 % 2 == 0 ? "dress" : nil, seed: UInt32($0 * 3))
  }

  private func write(_ records: [ImageRecord], to name: String) throws -> Data {
    let folder = try OutputFolder(creating: "\(temporary.path)/\(name)")
    var metadata = try MetadataFile(folder: folder)
    for record in records { try metadata.append(record) }
    try metadata.finish()
    return try temporary.contents(of: "\(name)/images/metadata.jsonl")
  }

  @Test("any order of arrival gives the same bytes")
  func order() throws {
    let inOrder = try write(Self.records, to: "a")
    var generator = SystemRandomNumberGenerator()
    for round in 0..<3 {
      #expect(try write(Self.records.shuffled(using: &generator), to: "b\(round)") == inOrder)
    }
    #expect(try write(Self.records.reversed(), to: "c") == inOrder)
  }

  @Test("lines are there as soon as their images are, in order of arrival")
  func arrival() throws {
    var metadata = try MetadataFile(folder: OutputFolder(creating: temporary.path))
    #expect(try temporary.contents(of: "images/metadata.jsonl").isEmpty)
    for index in [4, 1] { try metadata.append(ImageRecord(index: index, label: nil, seed: 9)) }
    let text = try String(decoding: temporary.contents(of: "images/metadata.jsonl"), as: UTF8.self)
    #expect(
      text == """
        {"file_name":"000004.png","seed":9}
        {"file_name":"000001.png","seed":9}

        """)
    #expect(metadata.records.map(\.index) == [4, 1])
  }

  @Test("a second job cannot take the same folder")
  func claim() throws {
    let folder = try OutputFolder(creating: temporary.path)
    _ = try MetadataFile(folder: folder)
    #expect(
      throws: OutputError.folderInUse(folder: folder.path, found: "images/metadata.jsonl")
    ) {
      try MetadataFile(folder: folder)
    }
  }

  @Test(
    "a line has fixed keys in a fixed order, without what is not known",
    arguments: [
      (
        ImageRecord(index: 0, label: 3, className: "dress", seed: 17),
        #"{"file_name":"000000.png","label":3,"class_name":"dress","seed":17}"#
      ),
      (
        ImageRecord(index: 1_000_000, label: nil, seed: .max),
        #"{"file_name":"1000000.png","seed":4294967295}"#
      ),
      (
        ImageRecord(index: 2, label: 0, className: "T-shirt/top \"a\\b\"\n\t\u{1}é", seed: 0),
        ##"{"file_name":"000002.png","label":0,"##
          + ##""class_name":"T-shirt/top \"a\\b\"\n\t\u0001é","seed":0}"##
      ),
    ])
  func lines(record: ImageRecord, line: String) throws {
    #expect(record.jsonLine == line + "\n")
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    #expect(object?["class_name"] as? String == record.className)
    #expect(object?["label"] as? Int == record.label)
  }
}
