import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("Which images a comparison shows")
struct ComparisonTests {
  private let first = try! TemporaryFolder()
  private let second = try! TemporaryFolder()

  private func comparison(
    perClass: Int = 4, names: (Int) -> [String]? = { _ in nil },
    labels: (ClassList) throws -> [Int]? = { _ in nil }
  ) throws -> Comparison {
    let sources = try [first, second].enumerated().map { number, folder in
      ComparisonSource(name: "source \(number)", samples: try .init(opening: folder.path))
    }
    return try Comparison(sources, perClass: perClass, names: names, labels: labels)
  }

  private func writeFolder(_ folder: TemporaryFolder, _ names: [String]) throws {
    for name in names {
      try folder.write(RGBImage(width: 4, height: 4, grey: 9).pngData(), to: name)
    }
  }

  @Test
  func `images of two jobs stand side by side if they have the same class and seed`() throws {
    try JobSource(firstSeed: 100).write(to: first)
    try JobSource(firstSeed: 103).write(to: second)
    let comparison = try comparison(perClass: 2)
    #expect(comparison.matching == .seed)
    #expect(comparison.rows.map(\.title) == JobSource.classNames)
    #expect(comparison.rows.map(\.label) == [0, 1, 2])
    #expect(
      comparison.rows.map(\.images) == [
        [[3, 0], [6, 3]], [[4, 1], [7, 4]], [[5, 2], [8, 5]],
      ])
  }

  @Test
  func `an image that is missing in one source is left out in all`() throws {
    try JobSource().write(to: first, indices: [0, 1, 2, 6, 9])
    try JobSource(side: 4).write(to: second, indices: [1, 2, 3, 6, 9])
    let comparison = try comparison()
    #expect(comparison.rows.map(\.images) == [[[6, 6], [9, 9]], [[1, 1]], [[2, 2]]])
  }

  @Test
  func `images without seeds are matched by index if their labels agree`() throws {
    try JobSource().write(to: first)
    try writeFolder(second, (0..<11).map { "\($0 + 100).png" })
    try second.write(
      (0..<11).map { #"{"file_name": "\#($0 + 100).png", "label": \#($0 % 3)}"# }
        .joined(separator: "\n"), to: "metadata.jsonl")
    let comparison = try comparison(perClass: 1)
    #expect(comparison.matching == .index)
    #expect(comparison.rows.map(\.images) == [[[0, 0]], [[1, 1]], [[2, 2]]])
  }

  @Test
  func `images that are not related are shown in their order`() throws {
    try JobSource().write(to: first)
    try writeFolder(second, ["0/a.png", "0/b.png", "2/a.png", "7/a.png"])
    let comparison = try comparison(perClass: 3)
    #expect(comparison.matching == .order)
    #expect(comparison.rows.map(\.label) == [0, 2])
    #expect(
      comparison.rows.map(\.images) == [
        [[0, 0], [3, 1], [6, nil]], [[2, 2], [5, nil], [8, nil]],
      ])
  }

  @Test
  func `subfolders with names are the classes with the same names in another source`() throws {
    try JobSource().write(to: first)
    try writeFolder(second, ["KUH/a.png", "cat/a.png", "dog/a.png"])
    let comparison = try comparison(perClass: 1)
    #expect(comparison.rows.map(\.title) == ["dog", "Kuh"])
    #expect(comparison.rows.map(\.images) == [[[1, 2]], [[2, 0]]])
    #expect(
      comparison.notes == [
        "Images at the same place need not be related.",
        "1 class of source 1 has a name that no other source has.",
      ])
  }

  @Test
  func `subfolders with unknown names are numbered in their order, which is said`() throws {
    try writeFolder(first, ["0/a.png", "1/a.png"])
    try writeFolder(second, ["n01440764/a.png", "n01443537/a.png"])
    let comparison = try comparison(names: { _ in ["tench", "goldfish"] })
    #expect(comparison.rows.map(\.title) == ["n01440764", "n01443537"])
    #expect(
      comparison.notes.last == "The classes of source 1 are numbered in the order of their names.")
  }

  @Test
  func `subfolders with names in all sources are matched by name, not by position`() throws {
    try writeFolder(first, ["cat/a.png", "dog/a.png"])
    try writeFolder(second, ["bird/a.png", "dog/a.png"])
    let comparison = try comparison()
    #expect(comparison.rows.map(\.title) == ["dog"])
    #expect(comparison.rows.map(\.images) == [[[1, 1]]])
  }

  @Test
  func `classes that have different names in two sources are reported`() throws {
    try JobSource().write(to: first)
    try writeFolder(second, ["a.png", "b.png"])
    try second.write(
      """
      {"file_name": "a.png", "label": 0, "class_name": "a \\"cat\\""}
      {"file_name": "b.png", "label": 1, "class_name": "bird"}
      """, to: "metadata.jsonl")
    #expect(try comparison().notes.last == "Class 1 is dog in source 0, but bird in source 1.")
  }

  @Test
  func `images without labels are a single row`() throws {
    try writeFolder(first, (0..<9).map { "\($0).png" })
    try writeFolder(second, (0..<5).map { "\($0).png" })
    let comparison = try comparison(perClass: 16)
    #expect(comparison.matching == .index)
    #expect(comparison.rows.map(\.title) == [""])
    #expect(comparison.rows[0].images == (0..<5).map { [$0, $0] })
  }

  @Test
  func `classes are chosen by number or name, in the given order`() throws {
    try JobSource().write(to: first)
    try JobSource().write(to: second)
    var count = 0
    let comparison = try comparison(labels: { classes in
      count = classes.count
      return [2, try classes.names?.label(named: "dog") ?? 0]
    })
    #expect(count == 3)
    #expect(comparison.rows.map(\.title) == ["Kuh", "dog"])
  }

  @Test
  func `names that no source knows are asked for with the number of classes`() throws {
    try writeFolder(first, ["0/a.png", "2/a.png"])
    try writeFolder(second, ["0/a.png", "2/a.png"])
    let names = { $0 == 3 ? ["a", "b", "c"] : nil }
    #expect(try comparison(names: names).rows.map(\.title) == ["a", "c"])
    #expect(try comparison().rows.map(\.title) == ["class 0", "class 2"])
  }

  @Test
  func `sources that have nothing in common are refused`() throws {
    try writeFolder(first, ["0/a.png"])
    try writeFolder(second, ["1/a.png"])
    #expect(throws: Comparison.Fault.noCommonClass) { try comparison() }
    let third = try TemporaryFolder()
    try writeFolder(third, ["a.png"])
    let sources = try [first, third].map {
      ComparisonSource(name: "", samples: try .init(opening: $0.path))
    }
    #expect(throws: Comparison.Fault.noLabels(source: 1)) {
      try Comparison(sources, perClass: 1)
    }
  }

  @Test
  func `a class that a source lacks is refused with the source`() throws {
    try JobSource().write(to: first)
    try JobSource().write(to: second, indices: [0, 1])
    #expect(throws: Comparison.Fault.missingClass(label: 2, source: 1)) {
      try comparison(labels: { _ in [0, 2] })
    }
  }
}
