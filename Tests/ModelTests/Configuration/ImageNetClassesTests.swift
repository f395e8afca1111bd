import Model
import Testing

@Suite struct ImageNetClassesTests {
  @Test(
    "the names are in the order of the labels that ImageNet's models are trained with",
    arguments: [
      (0, "tench, Tinca tinca"), (1, "goldfish, Carassius auratus"), (134, "crane"),
      (207, "golden retriever"), (281, "tabby, tabby cat"), (517, "crane"),
      (639, "maillot, tank suit"), (999, "toilet tissue, toilet paper, bathroom tissue"),
    ])
  func order(label: Int, name: String) throws {
    let names = try #require(ImageNetClasses.names)
    #expect(names.count == 1000)
    #expect(names[label] == name)
  }
}
