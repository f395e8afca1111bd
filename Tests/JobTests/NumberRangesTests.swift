import Foundation
import Job
import Testing

@Suite struct NumberRangesTests {
  private func parse(_ text: String) throws(Failure) -> NumberRanges {
    try NumberRanges(parsing: text, option: "--seeds", limit: 4_294_967_295)
  }

  @Test(
    "the list keeps its order and its repetitions",
    arguments: [
      ("0", [0]),
      ("7-7", [7]),
      ("1,2,5-10", [1, 2, 5, 6, 7, 8, 9, 10]),
      ("3,1-2,3", [3, 1, 2, 3]),
      ("0-2,282,4294967295", [0, 1, 2, 282, 4_294_967_295]),
    ])
  func list(text: String, expected: [Int]) throws {
    let list = try parse(text)
    #expect((0..<list.count).map { list[$0] } == expected)
    #expect(list.maximum == expected.max())
  }

  @Test(
    "a list that cannot be meant is a usage error that names the option and the item",
    arguments: [
      ("", "nothing"),
      ("-3", "'-3'"),
      ("5-", "'5-'"),
      ("1-2-3", "'1-2-3'"),
      ("1,,2", "an empty item"),
      ("1, 2", "' 2'"),
      ("+3", "'+3'"),
      ("1e3", "'1e3'"),
      ("٣", "'٣'"),
      ("5-1", "runs backwards; write 1-5"),
      ("99999999999", "99999999999"),
      ("4294967296", "4294967296"),
      ("99999999999999999999999999", "99999999999999999999999999"),
      ("0-99999999999999999999999999", "the largest number it may hold is 4294967295"),
    ])
  func refusal(text: String, names: String) {
    let failure = #expect(throws: Failure.self) { try parse(text) }
    #expect(failure?.status == .usage)
    #expect(failure?.message.hasPrefix("--seeds '\(text)'") == true)
    #expect(failure?.message.contains(names) == true)
  }

  @Test("all seeds there are take no more room than two")
  func long() throws {
    let list = try parse("0-4294967295")
    #expect(list.count == 4_294_967_296)
    #expect(list[4_294_967_295] == 4_294_967_295)
    #expect(try JSONEncoder().encode(list).count < 200)
  }

  @Test("a list that was sent is the list that arrives")
  func coding() throws {
    let list = try parse("3,1-2,9-20")
    let sent = try JSONEncoder().encode(list)
    #expect(try JSONDecoder().decode(NumberRanges.self, from: sent) == list)
  }
}
