import Job

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
  /// The labels of folders whose subfolders have names are replaced: by those of the first source
  /// that has numbers and names, or by the positions of all names in their order if no source has
  /// numbers. Names that are not found there are left out.
  static func sharing(_ sources: [ComparisonSource]) -> [ComparisonSource] {
    let numbered = sources.filter { !$0.samples.labelsFollowNames }
    let names =
      numbered.isEmpty
      ? allNames(of: sources) : numbered.lazy.compactMap(\.samples.classNames).first
    guard let names else { return sources }
    let known = ClassNames(names)
    return sources.map { source in
      guard source.samples.labelsFollowNames, let own = source.samples.classNames else {
        return source
      }
      var renumbered = source
      renumbered.sharedLabels = [:]
      for (label, name) in own.enumerated() {
        let found = known.labels(named: name)
        if found.count == 1 { renumbered.sharedLabels?[label] = found[0] }
      }
      return renumbered
    }
  }

  private static func allNames(of sources: [ComparisonSource]) -> [String] {
    Set(sources.flatMap { $0.samples.classNames ?? [] }).sorted()
  }
}
