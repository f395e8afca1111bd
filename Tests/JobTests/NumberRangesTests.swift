import Foundation
import Job
import Testing

@Suite struct NumberRangesTests {
  private func parse(_ text: String) throws(Failure) -> NumberRanges {
    try NumberRanges(parsing: text, named: "--seeds", limit: 4_294_967_295)
  }

  @Test(arguments: [
    ("0", [0]),
    ("7-7", [7]),
    ("1,2,5-10", [1, 2, 5, 6, 7, 8, 9, 10]),
    ("3,1-2,3", [3, 1, 2, 3]),
    ("0-2,282,4294967295", [0, 1, 2, 282, 4_294_967_295]),
    ("1, 2", [1, 2]),
    (" 1 ,\t2,\n3 \u{A0}", [1, 2, 3]),
    ("1,2,", [1, 2]),
    (" 0 - 2 ", [0, 1, 2]),
    ("0\u{2013}2,7\u{2212}8", [0, 1, 2, 7, 8]),
    ("1\n2\r\n3\n", [1, 2, 3]),
    ("\u{FEFF}4\u{200B},5", [4, 5]),
  ])
  func `the list keeps its order and its repetitions`(text: String, expected: [Int]) throws {
    let list = try parse(text)
    #expect((0..<list.count).map { list[$0] } == expected)
    #expect(list.maximum == expected.max())
  }

  @Test(arguments: [
    ("", "an item is empty"),
    (" ", "an item is empty"),
    (",", "an item is empty"),
    ("1,,2", "an item is empty"),
    (",1", "an item is empty"),
    ("1,,", "an item is empty"),
    ("-3", "'-3'"),
    ("5-", "'5-'"),
    ("1-2-3", "'1-2-3'"),
    ("1 2", "'1 2'"),
    ("+3", "'+3'"),
    ("1e3", "'1e3'"),
    ("٣", "'٣' is not a number or a range such as 5-10; write numbers in the digits 0 to 9"),
    ("１", "write numbers in the digits 0 to 9"),
    ("1，2", "separate the items with the comma ','"),
    ("1;2", "separate the items with the comma ','"),
    ("7\u{1B}[31m", "'7\\u{1B}[31m'"),
    ("5-1", "runs backwards; write 1-5"),
    ("99999999999", "99999999999 is too large"),
    ("4294967296", "4294967296 is too large"),
    ("99999999999999999999999999", "99999999999999999999999999 is too large"),
    ("0-99999999999999999999999999", "the largest number allowed is 4294967295"),
  ])
  func `a list that cannot be meant is a usage error that names the list and the item`(
    text: String, names: String
  ) {
    let failure = #expect(throws: Failure.self) { try parse(text) }
    #expect(failure?.status == .usage)
    #expect(failure?.message.hasPrefix("--seeds") == true)
    #expect(failure?.message.contains(names) == true, "\(failure!)")
  }

  @Test
  func `the list of all seeds takes no more memory than that of two`() throws {
    let list = try parse("0-4294967295")
    #expect(list.count == 4_294_967_296)
    #expect(list[4_294_967_295] == 4_294_967_295)
    #expect(try JSONEncoder().encode(list).count < 200)
  }

  @Test
  func `a list arrives as it was sent`() throws {
    let list = try parse("3,1-2,9-20")
    let sent = try JSONEncoder().encode(list)
    #expect(try JSONDecoder().decode(NumberRanges.self, from: sent) == list)
  }
}
