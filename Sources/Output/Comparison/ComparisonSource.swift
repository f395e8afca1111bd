import Job
import Wording

/// A collection of images in a comparison: its name, and its labels in the numbers that all sources
/// of the comparison share.
package struct ComparisonSource: Sendable {
  package let name: String
  package let samples: SampleCollection
  /// The shared number of each label, or `nil` if they are the same.
  private var sharedLabels: [Int: Int]?

  package init(name: String, samples: SampleCollection) {
    self.name = name
    self.samples = samples
  }

  /// Returns the shared label of an image, or `nil` if it has none.
  func label(of index: Int) -> Int? {
    let label = samples.label(of: index)
    guard let sharedLabels else { return label }
    return label.flatMap { sharedLabels[$0] }
  }

  /// The indices of the images by shared label. Images without labels are under `nil`.
  var indicesByLabel: [Int?: [Int]] {
    guard samples.hasLabels else { return [nil: samples.indices] }
    var groups: [Int?: [Int]] = [:]
    for index in samples.indices {
      if let label = label(of: index) { groups[.some(label), default: []].append(index) }
    }
    return groups
  }

  /// Returns the name of a class, or `nil` if this source does not know it.
  func className(ofLabel label: Int) -> String? {
    guard let sharedLabels else { return samples.className(ofLabel: label) }
    return sharedLabels.first { $0.value == label }.flatMap { samples.className(ofLabel: $0.key) }
  }

  /// Gives classes with the same name the same label.
  ///
  /// The labels of folders whose subfolders have names are only positions. They are replaced: by the
  /// labels of the first source that has numbers and names, or by the positions of the names of all
  /// folders if no source has numbers. If no name is known there, the positions stay.
  ///
  /// - Parameter names: returns the class names for a number of classes, if no source knows any.
  static func sharing(
    _ sources: [ComparisonSource], names: (_ classCount: Int) -> [String]?
  ) -> [ComparisonSource] {
    guard sources.contains(where: \.samples.labelsFollowNames) else { return sources }
    let numbered = sources.map(\.samples).filter { !$0.labelsFollowNames }
    let known =
      numbered.isEmpty
      ? Set(sources.flatMap { $0.samples.classNames ?? [] }).sorted()
      : numbered.lazy.compactMap(\.classNames).first ?? names(largestLabel(of: numbered) + 1)
    guard let known else { return sources }
    let classes = ClassNames(known)
    return sources.map { source in
      var source = source
      source.sharedLabels = source.labels(in: classes)
      return source
    }
  }

  /// Returns the labels that the classes of a folder have in a list of names, or `nil` if this is
  /// not a folder with names, or if the list has none of them.
  private func labels(in classes: ClassNames) -> [Int: Int]? {
    guard samples.labelsFollowNames, let names = samples.classNames else { return nil }
    let found = names.map { classes.labels(named: $0) }
    let labels = found.indices.filter { found[$0].count == 1 }.map { ($0, found[$0][0]) }
    return labels.isEmpty ? nil : Dictionary(uniqueKeysWithValues: labels)
  }

  private static func largestLabel(of samples: [SampleCollection]) -> Int {
    samples.flatMap { samples in samples.indices.compactMap(samples.label) }.max() ?? -1
  }

  // MARK: - Notes

  /// A sentence about classes that are numbered by position or left out, or `nil` if there are none.
  ///
  /// - Parameter isAlone: whether all sources are folders whose subfolders have names.
  func note(isAlone: Bool) -> String? {
    guard samples.labelsFollowNames, !isAlone, let names = samples.classNames else { return nil }
    guard let sharedLabels else {
      return "The classes of \(name) are numbered in the order of their names."
    }
    let missing = names.count - sharedLabels.count
    guard missing > 0 else { return nil }
    let classes = counted(missing, "class", plural: "classes")
    return
      "\(classes) of \(name) \(missing == 1 ? "has a name" : "have names") that no other source has."
  }
}
