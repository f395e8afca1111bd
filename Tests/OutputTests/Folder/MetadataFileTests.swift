import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("metadata.jsonl")
struct MetadataFileTests {
  let temporary = try! TemporaryFolder()

  private func metadata(_ catalog: ImageCatalog) throws -> MetadataFile {
    let folder = try OutputFolder(creating: temporary.path)
    _ = try PNGFolderStore(folder: folder, catalog: catalog).open(check: nil)
    var metadata = MetadataFile(folder: folder, catalog: catalog)
    try metadata.rewrite(IndexBitmap(capacity: catalog.count))
    return metadata
  }

  private func text() throws -> String {
    try String(decoding: temporary.contents(of: "images/metadata.jsonl"), as: UTF8.self)
  }

  @Test
  func `any order of arrival gives the same bytes, with one line per image`() throws {
    let catalog = ImageCatalog.plain(count: 50_000)
    var metadata = try metadata(catalog)
    for start in stride(from: 49_000, through: 0, by: -1000) {
      try metadata.list(Array(start..<start + 1000))
    }
    try metadata.rewrite(metadata.images)
    let expected = (0..<50_000).map {
      "{\"file_name\":\"\(ImageRecord.fileName(index: $0))\",\"seed\":\($0)}\n"
    }
    #expect(try text() == expected.joined())
  }

  @Test
  func `until the end, lines are in order of arrival, without duplicates`() throws {
    var metadata = try metadata(.plain(count: 9))
    #expect(try text().isEmpty)
    try metadata.list([4])
    try metadata.list([4, 1])
    let lines = """
      {"file_name":"000004.png","seed":4}
      {"file_name":"000001.png","seed":1}

      """
    #expect(try text() == lines)
    // Remains of a failed write after the last complete line are dropped.
    try temporary.write(lines + "{\"file_na", to: "images/metadata.jsonl")
    try metadata.list([2])
    #expect(try text() == lines + "{\"file_name\":\"000002.png\",\"seed\":2}\n")
  }

  @Test(arguments: [
    (
      ImageRecord(index: 0, label: 3, className: "dress", seed: 17),
      #"{"file_name":"000000.png","label":3,"class_name":"dress","seed":17}"#
    ),
    (
      ImageRecord(index: 1_000_000, label: nil, seed: .max),
      #"{"file_name":"1000000.png","seed":4294967295}"#
    ),
    (
      ImageRecord(index: 2, label: 0, className: "T-shirt/top \"a\\b\"\n\t\u{1}\u{1F}é", seed: 0),
      ##"{"file_name":"000002.png","label":0,"##
        + ##""class_name":"T-shirt/top \"a\\b\"\n\t\u0001\u001fé","seed":0}"##
    ),
  ])
  func `a line has fixed keys in a fixed order, without unknown values`(
    record: ImageRecord, line: String
  ) throws {
    var bytes: [UInt8] = []
    record.appendLine(fileName: record.fileName, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == line + "\n")
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    #expect(object?["class_name"] as? String == record.className)
    #expect(object?["label"] as? Int == record.label)
  }

  @Test(arguments: [
    ("000000.png", 0), ("000123.png", 123), ("1234567.png", 1_234_567), ("0123456.png", nil),
    ("00123.png", nil), ("000123.PNG", nil), ("00012a.png", nil), (".000123.png", nil),
    ("9999999999999999999999.png", nil),
  ])
  func `an image's name has at least six digits, and no other name is accepted`(
    name: String, index: Int?
  ) {
    #expect(ImageRecord.index(ofFile: name) == index)
    if let index { #expect(ImageRecord.fileName(index: index) == name) }
  }
}
