import Job
import Wording

/// The images of several sources side by side, class by class: which images are shown, and where.
package struct Comparison: Sendable {
  /// The images of a class.
  package struct Row: Sendable, Equatable {
    /// The class, or `nil` for images without labels.
    package let label: Int?
    /// The name of the class, or an empty text for images without labels.
    package let title: String
    /// For each position, the index of the image of each source. An image may be missing if the
    /// sources are not related.
    package let images: [[Int?]]
  }

  package let sources: [ComparisonSource]
  package let rows: [Row]
  package let matching: ComparisonMatching
  /// Sentences about the relation of images and classes.
  package let notes: [String]

  /// The largest number of images of a class side by side. More are put below them.
  private static let longestLine = 8

  /// Why sources cannot be compared.
  package enum Fault: Error, Equatable {
    /// Some have labels, and this one does not.
    case noLabels(source: Int)
    /// No class is in all sources.
    case noCommonClass
    /// This class is not in all sources; `source` is the first that lacks it.
    case missingClass(label: Int, source: Int)
  }

  /// - Parameters:
  ///   - sources: at least one.
  ///   - perClass: the largest number of images of each class and source.
  ///   - names: returns the class names for a number of classes, if no source knows any.
  ///   - chosen: returns the labels to show, or `nil` for all that the sources have in common.
  /// - Throws: `Fault`, or an error of `chosen`.
  package init(
    _ sources: [ComparisonSource], perClass: Int,
    names: (_ classCount: Int) -> [String]? = { _ in nil },
    labels chosen: (ClassList) throws -> [Int]? = { _ in nil }
  ) throws {
    let isLabelled = sources.contains(where: \.samples.hasLabels)
    if isLabelled, let source = sources.firstIndex(where: { !$0.samples.hasLabels }) {
      throw Fault.noLabels(source: source)
    }
    self.sources = ComparisonSource.sharing(sources, names: names)
    let groups = self.sources.map(\.indicesByLabel)
    let titles = ComparisonTitles(self.sources, groups, names: names)
    let labels = try Self.labels(in: groups, chosen: chosen(titles.classes))
    let matching = ComparisonMatching(self.sources, groups, labels: labels)
    self.matching = matching
    let isAlone = sources.allSatisfy(\.samples.labelsFollowNames)
    notes =
      [matching.sentence] + self.sources.compactMap { $0.note(isAlone: isAlone) }
      + (titles.conflict.map { [$0] } ?? [])
    rows = labels.map { [sources = self.sources] label in
      let images = matching.groups(sources, groups.map { $0[label] ?? [] }, limit: perClass)
      return Row(label: label, title: titles[label], images: images)
    }
  }

  /// Returns the labels of the rows in their order.
  private static func labels(
    in groups: [[Int?: [Int]]], chosen: [Int]?
  ) throws(Fault) -> [Int?] {
    for label in chosen ?? [] {
      guard let source = groups.firstIndex(where: { $0[label] == nil }) else { continue }
      throw .missingClass(label: label, source: source)
    }
    let common = groups[0].keys.filter { label in groups.allSatisfy { $0[label] != nil } }
    guard !common.isEmpty else { throw .noCommonClass }
    return chosen ?? common.sorted { $0 ?? -1 < $1 ?? -1 }
  }

  /// The largest number of images of a source in a row.
  package var imageCount: Int { rows.map(\.images.count).max() ?? 0 }

  /// What the first rows show, such as `10 classes, 4 images of each`.
  package func summary(rowCount: Int) -> String {
    let counts = rows.map(\.images.count)
    let images = counted(imageCount, "image")
    guard rows.contains(where: { $0.label != nil }) else { return images }
    let classes = counted(rowCount, "class", plural: "classes", isGrouped: true)
    return "\(classes), \(counts.min() == counts.max() ? "" : "up to ")\(images) of each"
  }

  /// The number of images side by side in a cell of the table, which are those of a class and a
  /// source.
  var lineLength: Int {
    let lines = (imageCount + Self.longestLine - 1) / Self.longestLine
    return max(1, (imageCount + max(lines, 1) - 1) / max(lines, 1))
  }

  /// The number of lines of images in a row.
  var lineCount: Int { max(1, (imageCount + lineLength - 1) / lineLength) }
}
