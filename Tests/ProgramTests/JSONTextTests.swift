import Foundation
import Program
import Testing

@Suite struct JSONTextTests {
  private struct Value: Encodable {
    let secondsPerImage = 1.5
    let filePath = "/a/b"
    let absentCount: Int? = nil
    let writesNpz = true
    let lines = ["é\n", "\u{2028}"]
  }

  @Test("keys are in snake_case and sorted, slashes stay, what is not known is left out")
  func keys() throws {
    let text = try JSONText.of(Value())
    #expect(text.contains("\"file_path\" : \"/a/b\""))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let keys = try #require(object).keys.sorted()
    #expect(keys == ["file_path", "lines", "seconds_per_image", "writes_npz"])
    #expect(object?["lines"] as? [String] == ["é\n", "\u{2028}"])
  }
}
