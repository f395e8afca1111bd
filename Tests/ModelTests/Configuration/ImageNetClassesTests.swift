import Model
import Testing

@Suite struct ImageNetClassesTests {
  @Test(arguments: [
    (0, "tench, Tinca tinca"), (1, "goldfish, Carassius auratus"), (134, "crane"),
    (207, "golden retriever"), (281, "tabby, tabby cat"), (517, "crane"),
    (639, "maillot, tank suit"), (999, "toilet tissue, toilet paper, bathroom tissue"),
  ])
  func `the names are in the order of the labels of ImageNet models`(label: Int, name: String)
    throws
  {
    let names = try #require(ImageNetClasses.names)
    #expect(names.count == 1000)
    #expect(names[label] == name)
  }
}
