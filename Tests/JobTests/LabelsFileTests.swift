import Arguments
import Foundation
import Job
import TestSupport
import Testing

@Suite struct LabelsFileTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.url.appending(path: "list.txt").path
  }

  private func write(_ text: String) throws { try write(Data(text.utf8)) }
  private func write(_ data: Data) throws { try data.write(to: URL(filePath: path)) }

  private func entries(_ plan: ImagePlan) -> [[Int]] {
    (0..<plan.count).map { [plan[$0].label ?? -1, Int(plan[$0].seed)] }
  }

  @Test(
    arguments: [
      ("3", [[3, 0]]),
      ("3,17\n4,18\n", [[3, 17], [4, 18]]),
      ("3\n4,18\n5", [[3, 0], [4, 18], [5, 2]]),
      ("label\n3\n", [[3, 0]]),
      ("Label , seed\n3 ,\t17 \n", [[3, 17]]),
      (
        "\u{FEFF}label,seed\r\n3,17\r\n\r\n  # note\r\n9,4294967295",
        [[3, 17], [9, 4_294_967_295]]
      ),
      ("\n\n# label\n3\n", [[3, 0]]),
      ("007,0017", [[7, 17]]),
      ("\"label\",\"seed\"\r\n\"3\",\"17\"\r\n\"4\"", [[3, 17], [4, 1]]),
      (#"{"label": "3", "seed": 17}"#, [[3, 17]]),
      (#"{"label": 3, "seed": 17}"#, [[3, 17]]),
      ("{\"seed\":17,\"label\":3}\r\n\r\n{\"label\":4}\r\n", [[3, 17], [4, 1]]),
      // A line of metadata.jsonl, with special characters in the name.
      (
        #"{"file_name":"000000.png","label":3,"class_name":"a \"}\\,{ \u00e9","seed":17}"#,
        [[3, 17]]
      ),
      (
        "\u{FEFF} { \"x\" : [ 1 , {\"label\":9} , [] ] , \"y\":-1.5e3,\"z\":null, \"label\" : 3 } ",
        [[3, 0]]
      ),
    ] as [(String, [[Int]])])
  func `each line gives the label and seed of an image, and the index is the default seed`(
    text: String, expected: [[Int]]
  ) throws {
    try write(text)
    let plan = try PlanOptions(labelsFile: path).plan(classCount: 10)
    #expect(entries(plan) == expected)
    #expect(plan.labelsFile == path)
  }

  @Test(
    arguments: [
      ("3\ncat\n", 2, "'cat' is not a label", "write 3 or 3,17"),
      ("label\n\n3,\n", 3, "the seed is missing", "3,17"),
      (",5", 1, "the label is missing", "3,17"),
      ("-1", 1, "'-1' is not a label", "labels are 0 to 9"),
      ("10", 1, "label 10 is past the last class, 9", "labels are 0 to 9"),
      ("3.0", 1, "'3.0' is not a label", "seeds 0 to 4294967295"),
      ("1e0", 1, "'1e0' is not a label", "seeds 0 to 4294967295"),
      ("٣", 1, "'٣' is not a label", "seeds 0 to 4294967295"),
      ("18446744073709551616", 1, "past the last class", "0 to 9"),
      ("99999999999999999999999999999999", 1, "past the last class", "0 to 9"),
      (
        "3,4294967296", 1, "seed 4294967296 is past the last seed, 4294967295",
        "seeds 0 to 4294967295"
      ),
      ("3,4,5", 1, "more than two fields", "seeds 0 to 4294967295"),
      ("3 4", 1, "'3 4' is not a label", "seeds 0 to 4294967295"),
      ("3\nlabel,seed", 2, "'seed' is not a seed", "seeds 0 to 4294967295"),
      ("3\u{1B}[31m", 1, "'3?[31m' is not a label", "seeds 0 to 4294967295"),
      ("{\"label\":3}\n4", 2, "'{' is missing", "{\"label\": 3}"),
      ("{\"label\":3}\n{\"label\":4", 2, "'}' is missing", "seeds 0 to 4294967295"),
      ("{\"seed\":3}", 1, "has no \"label\"", "seeds 0 to 4294967295"),
      ("{}", 1, "has no \"label\"", "seeds 0 to 4294967295"),
      ("{\"label\": \"cat\"}", 1, "'cat' is not a label", "seeds 0 to 4294967295"),
      ("{\"label\": \"\\x\"}", 1, "is not a JSON string", "seeds 0 to 4294967295"),
      ("\"3\",\"4\",\"5\"", 1, "more than two fields", "seeds 0 to 4294967295"),
      ("{\"label\": -3}", 1, "'-3' is not a label", "seeds 0 to 4294967295"),
      ("{\"label\": 3.5}", 1, "'3.5' is not a label", "seeds 0 to 4294967295"),
      ("{\"label\": null}", 1, "'null' is not a label", "seeds 0 to 4294967295"),
      ("{\"label\": 3, \"seed\": true}", 1, "'true' is not a seed", "seeds 0 to 4294967295"),
      ("{\"label\": 3} {\"label\": 4}", 1, "after the object", "seeds 0 to 4294967295"),
      ("{\"label\": 3,}", 1, "'\"' is missing", "seeds 0 to 4294967295"),
      ("{\"x\": , \"label\": 3}", 1, "a value is missing", "seeds 0 to 4294967295"),
      ("{\"x\": [1, \"label\": 3", 1, "no end", "seeds 0 to 4294967295"),
      ("{\"x\\", 1, "a string has no end", "seeds 0 to 4294967295"),
      ("[3]", 1, "'[3]' is not a label", "seeds 0 to 4294967295"),
    ] as [(String, Int, String, String)])
  func `an invalid line is refused with the file, the line and the valid forms`(
    text: String, line: Int, says: String, advises: String
  ) throws {
    try write(text)
    let failure = #expect(throws: Failure.self) {
      try PlanOptions(labelsFile: path).plan(classCount: 10)
    }
    #expect(failure?.status == .badData)
    let message = failure?.message ?? ""
    #expect(message.hasPrefix("\(path): line \(line): "), "\(message)")
    #expect(message.contains(says) && message.contains(advises), "\(message)")
    #expect(message.count < path.count + 250)
  }

  @Test(
    arguments: [
      ("cat\n1", [[0, 0], [1, 1]]),
      ("Cat,7\n\"tench, Tinca tinca\",8\r\nTINCA TINCA", [[0, 7], [1, 8], [1, 2]]),
      (
        #"{"label":"tench, Tinca tinca","seed":5}"# + "\n" + #"{"label":"\u0063at"}"#,
        [[1, 5], [0, 1]]
      ),
      // In quotation marks, a number is the name of a class.
      ("\"1\"\n1", [[2, 0], [1, 1]]),
    ] as [(String, [[Int]])])
  func `a label may be given as a class name`(text: String, expected: [[Int]]) throws {
    try write(text)
    let plan = try PlanOptions(labelsFile: path)
      .plan(classCount: 3, classNames: ["cat", "tench, Tinca tinca", "1"])
    #expect(entries(plan) == expected)
  }

  @Test
  func `an unknown class name is refused with its line and the nearest name`() throws {
    try write("cat\nkat\n")
    let failure = #expect(throws: Failure.self) {
      try PlanOptions(labelsFile: path).plan(classCount: 2, classNames: ["cat", "dog"])
    }
    #expect(failure?.status == .badData)
    #expect(
      failure?.message.hasPrefix("\(path): line 2: 'kat' is not a class; did you mean 'cat'?")
        == true)
  }

  @Test(arguments: ["", "# no label"])
  func `an endless input is refused, whatever it contains`(line: String) throws {
    try write(String(repeating: line + "\n", count: 1_000_001))
    let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
    #expect(failure?.message.contains("the last 1000000 lines hold no label") == true)
  }

  @Test(arguments: ["/dev/zero", "/dev/urandom"])
  func `endless devices are refused`(path: String) {
    let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
    #expect(failure?.status == .badData && failure?.message.hasPrefix("\(path): line ") == true)
  }

  @Test(arguments: [[0xFF, 0xFE], [0xFE, 0xFF]] as [[UInt8]])
  func `an error says that a file is in UTF-16`(mark: [UInt8]) throws {
    try write(Data(mark + [0x33, 0x00]))
    let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
    #expect(failure?.message.contains("UTF-16; save it in UTF-8") == true)
  }

  @Test(arguments: ["", "\n\n", "label,seed\n", "# 3\n"])
  func `a file without labels is refused`(text: String) throws {
    try write(text)
    let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
    #expect(failure?.status == .badData && failure?.message.contains("holds no label") == true)
  }

  @Test
  func `an endless line is not read into memory`() throws {
    try write(Data("3\n".utf8) + Data(repeating: UInt8(ascii: "7"), count: 5_000_000))
    let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
    #expect(failure?.status == .badData)
    #expect(failure?.message.hasPrefix("\(path): line 2: has more than 65536 bytes") == true)
  }

  @Test(arguments: [[0], [0xFF, 0xFE, 0x33, 0]] as [[UInt8]])
  func `bytes that are not text are refused`(bytes: [UInt8]) throws {
    try write(Data(bytes))
    let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
    #expect(failure?.status == .badData && failure?.message.contains("line 1") == true)
  }

  @Test
  func `an unreadable file and a wrong file have different errors`() throws {
    for (path, says) in [("absent.csv", "no such file"), (folder.url.path, "is a folder")] {
      let failure = #expect(throws: Failure.self) { try ImagePlan(reading: path) }
      #expect(failure?.status == .cannotRead)
      #expect(failure?.message.hasPrefix("\(path): ") == true)
      #expect(failure?.message.contains(says) == true)
    }
  }

  @Test
  func `lines are complete wherever a read ends`() throws {
    // Several megabytes, so that many pieces end within lines.
    let expected = (0..<400_000).map { [$0 % 1000, ($0 * 7919) % 4_294_967_296] }
    try write(expected.map { "\($0[0]),\($0[1])" }.joined(separator: "\r\n"))
    #expect(try entries(ImagePlan(reading: path, classCount: 1000)) == expected)
  }

  @Test
  func `the hash of a plan depends on its entries, not on the format of the file`() throws {
    var hashes: [String] = []
    for text in [
      "3,17\n4", "# a\r\nlabel,seed\r\n3,17\r\n4,1", "{\"seed\":17,\"label\":3}\n{\"label\":4}",
    ] {
      try write(text)
      hashes.append(try ImagePlan(reading: path).hash)
    }
    #expect(Set(hashes).count == 1)
    for text in ["4\n3,17", "3,17\n4,2", "3,17", "3,17\n5"] {
      try write(text)
      #expect(try ImagePlan(reading: path).hash != hashes[0])
    }
  }
}
