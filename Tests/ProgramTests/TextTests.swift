import Foundation
import Program
import Testing
import Worker

@Suite struct TextTests {
  private struct Value: Encodable {
    let secondsPerImage = 1.5
    let filePath = "/a/b"
    let absentCount: Int? = nil
    let writesNpz = true
    let lines = ["é\n", "\u{2028}"]
  }

  @Test
  func `JSON keys are sorted and in snake_case, slashes are not escaped`() throws {
    let text = try JSONText.of(Value())
    #expect(text.contains("\"file_path\" : \"/a/b\""))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let keys = try #require(object).keys.sorted()
    #expect(keys == ["file_path", "lines", "seconds_per_image", "writes_npz"])
    #expect(object?["lines"] as? [String] == ["é\n", "\u{2028}"])
  }

  @Test(
    arguments: [
      (1_200_000_000, 3, nil, "sending the packed weights of net.pt (1.2 GB) to 3 hosts"),
      (
        1_200_000_000, 3, 2.5,
        "sent the packed weights of net.pt to 3 hosts: 1.2 GB, 480 MB/s"
      ),
      (100_000_000, 1, 0, "sent the packed weights of net.pt to 1 host: 100 MB, 100 GB/s"),
      (99_999_999, 3, 2.5, nil),
    ] as [(Int, Int, Double?, String?)])
  func `large weights that are sent to other hosts are mentioned`(
    bytes: Int, hosts: Int, seconds: Double?, text: String?
  ) {
    let notice = WeightsRelay.Notice(
      file: "", byteCount: bytes, receivers: hosts, duration: seconds.map(Duration.seconds))
    #expect(notice.text("net.pt") == text)
  }

  @Test
  func `a table has all lines of its values in one column`() {
    let table = TextTable([("state", "complete"), ("", "more"), ("images", "a\nb")], width: 8)
    #expect(table.text == "state   complete\n        more\nimages  a\n        b")
    #expect(TextTable([], width: 8).text == "")
  }

  @Test(arguments: [
    (0.05, "50 ms"), (0.5, "0.50 s"), (2.1, "2.1 s"), (45, "45 s"), (119, "119 s"),
    (120, "2 min"), (3600, "60 min"), (73_080, "20.3 h"), (509_760, "5.9 days"), (0, "0 ms"),
  ])
  func `times have two or three digits and the unit that suits them`(seconds: Double, text: String)
  {
    #expect(DurationText.of(seconds: seconds) == text)
  }

  @Test(arguments: [
    (0, "0.0 kB"), (1500, "1.5 kB"), (12_000, "12 kB"), (999_600, "1.0 MB"),
    (3_400_000_000, "3.4 GB"), (1_200_000_000_000, "1.2 TB"),
  ])
  func `bytes have two or three digits and the unit that suits them`(count: Int, text: String) {
    #expect(ByteText.decimal(count) == text)
  }

  @Test(arguments: [
    (0, "0 MiB", "0.0 MiB"), (300_000, "1 MiB", "0.3 MiB"), (2_500_000, "2 MiB", "2.4 MiB"),
    (10 << 20, "10 MiB", "10 MiB"),
    (10 << 30, "10.0 GiB", "10240 MiB"),
  ])
  func `memory is given in MiB, or GiB from 10 GiB, and small weights with one more digit`(
    count: Int, memory: String, weights: String
  ) {
    #expect(ByteText.memory(count) == memory)
    #expect(ByteText.binary(count) == weights)
  }

  @Test(arguments: [(0.04, "0.0 s"), (119.9, "119.9 s"), (120, "2 min"), (11_100, "3 h 05 min")])
  func `the time of a run is given in seconds, minutes or hours`(seconds: Double, text: String) {
    #expect(DurationText.taken(seconds: seconds) == text)
  }

  @Test(arguments: [
    (18.2, "0:19"), (3723, "1:02:03"), (200_000, "2 days"), (1e300, "1000000000 days"),
    (-5, "0:00"),
  ])
  func `an age is given as hours and minutes, or in days from two days`(
    seconds: Double, text: String
  ) {
    #expect(DurationText.age(seconds: seconds) == text)
  }
}
