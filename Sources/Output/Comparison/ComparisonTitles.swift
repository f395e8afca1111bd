import Job

/// The names of the classes of a comparison, from the first source that knows each.
struct ComparisonTitles {
  /// The classes that a list can refer to.
  let classes: ClassList

  /// A sentence about the first class for which two sources have different names, or `nil` if there
  /// is none.
  let conflict: String?

  private var names: [Int: String] = [:]

  /// - Parameter names: returns the class names for a number of classes, if no source knows any.
  init(
    _ sources: [ComparisonSource], _ groups: [[Int?: [Int]]],
    names: (_ classCount: Int) -> [String]?
  ) {
    let labels = Set(groups.flatMap { $0.keys.compactMap(\.self) })
    let count = (labels.max() ?? -1) + 1
    for label in labels {
      self.names[label] = sources.lazy.compactMap { $0.className(ofLabel: label) }.first
    }
    if self.names.isEmpty, let names = names(count) {
      self.names = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0, $1) })
    }
    conflict = labels.sorted().lazy.compactMap { Self.conflict(in: sources, label: $0) }.first
    let known = self.names
    classes = ClassList(
      count: count,
      names: known.keys.max().map { last in ClassNames((0...last).map { known[$0] ?? "" }) })
  }

  /// Compares the names of a class in all sources that number their classes.
  private static func conflict(in sources: [ComparisonSource], label: Int) -> String? {
    let names = sources.filter { !$0.samples.labelsFollowNames }
      .compactMap { source in source.className(ofLabel: label).map { (source.name, $0) } }
    guard let first = names.first, let other = names.first(where: { $0.1 != first.1 }) else {
      return nil
    }
    return "Class \(label) is \(first.1) in \(first.0), but \(other.1) in \(other.0)."
  }

  /// Returns the title of a row, which is empty for images without labels.
  subscript(label: Int?) -> String {
    label.map { names[$0] ?? "class \($0)" } ?? ""
  }
}
