import Testing
import Wording

@Suite("Wording") struct WordingTests {
  @Test(arguments: [(0, "0 images"), (1, "1 image"), (2, "2 images")])
  func `a count comes with its noun in the right form`(count: Int, text: String) {
    #expect(counted(count, "image") == text)
  }

  @Test
  func `a noun can have an irregular plural`() {
    #expect(counted(1, "class", plural: "classes") == "1 class")
    #expect(counted(3, "class", plural: "classes") == "3 classes")
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func `long numbers are grouped by thousands`(number: Int, text: String) {
    #expect(number.grouped == text)
  }

  @Test(arguments: [
    ("outdirs", "outdir"), ("numSamples", "num-samples"), ("bogus", nil), ("x", nil),
  ])
  func `the likely word differs in at most three letters, and at most a third of them`(
    word: String, meant: String?
  ) {
    #expect(likelyMeant(word, among: ["outdir", "num-samples", "classes"]) == meant)
  }

  @Test(arguments: [
    ("sneaker", "sneaker"), ("Schön", "Schön"), ("a\u{1B}[2Jb", "a\\u{1B}[2Jb"),
    ("a\u{2028}b", "a\\u{2028}b"),
    (String(repeating: "x", count: 200), String(repeating: "x", count: 120) + "…"),
  ])
  func `characters that could affect a terminal are escaped, and long text is cut`(
    text: String, shown: String
  ) {
    #expect(text.printable == shown)
  }
}
