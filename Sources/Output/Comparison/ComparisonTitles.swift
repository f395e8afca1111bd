import Job

/// The names of the classes of a comparison, from the first source that knows each.
struct ComparisonTitles {
  /// The classes that a list can refer to.
  let classes: ClassList

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
    let known = self.names
    classes = ClassList(
      count: count,
      names: known.keys.max().map { last in ClassNames((0...last).map { known[$0] ?? "" }) })
  }

  /// Returns the title of a row, which is empty for images without labels.
  subscript(label: Int?) -> String {
    label.map { names[$0] ?? "class \($0)" } ?? ""
  }
}
