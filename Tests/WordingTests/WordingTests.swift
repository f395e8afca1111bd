import Testing
import Wording

@Suite("Wording") struct WordingTests {
  @Test(
    "a count comes with its noun in the right form",
    arguments: [(0, "0 images"), (1, "1 image"), (2, "2 images")])
  func count(count: Int, text: String) {
    #expect(counted(count, "image") == text)
  }

  @Test("a noun may have a plural of its own")
  func plural() {
    #expect(counted(1, "class", plural: "classes") == "1 class")
    #expect(counted(3, "class", plural: "classes") == "3 classes")
  }

  @Test(
    "long numbers are grouped by thousands",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(number: Int, text: String) {
    #expect(number.grouped == text)
  }

  @Test(
    "the likely word is at most three letters, and a third of it, away",
    arguments: [
      ("outdirs", "outdir"), ("numSamples", "num-samples"), ("bogus", nil), ("x", nil),
    ])
  func near(word: String, meant: String?) {
    #expect(likelyMeant(word, among: ["outdir", "num-samples", "classes"]) == meant)
  }

  @Test(
    "what could disturb a terminal is escaped, and long text is cut",
    arguments: [
      ("sneaker", "sneaker"), ("Schön", "Schön"), ("a\u{1B}[2Jb", "a\\u{1B}[2Jb"),
      ("a\u{2028}b", "a\\u{2028}b"),
      (String(repeating: "x", count: 200), String(repeating: "x", count: 120) + "…"),
    ])
  func printable(text: String, shown: String) {
    #expect(text.printable == shown)
  }
}
