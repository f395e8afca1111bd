import Wording

/// The classes that a list or a file of labels can refer to: by label, or by name if the classes
/// have names.
package struct ClassList: Sendable {
  /// The number of classes. Labels are below it.
  package let count: Int
  package let names: ClassNames?

  package init(count: Int, names: ClassNames?) {
    self.count = count
    self.names = names
  }
}

extension ClassNames {
  /// Returns the label of the only class with this name.
  package func label(named name: String) throws(ClassNameError) -> Int {
    let found = labels(named: name)
    guard found.count <= 1 else {
      let candidates = found.prefix(5).map { "\($0) (\(names[$0].printable))" }
      throw ClassNameError(
        "'\(name.printable)' is the name of \(found.count) classes; write the number of one: "
          + candidates.joined(separator: ", "))
    }
    guard let label = found.first else {
      throw ClassNameError("'\(name.printable)' is not a class; \(advice(name))")
    }
    return label
  }

  private func advice(_ name: String) -> String {
    let near = suggestions(for: name).map { "'\($0.printable)'" }
    guard near.isEmpty else { return "did you mean \(near.joined(separator: " or "))?" }
    guard names.count <= 20 else { return "write its number, 0 to \(names.count - 1)" }
    return "the classes are " + names.map(\.printable).joined(separator: ", ")
  }
}

/// An error about an item that should refer to classes.
package struct ClassNameError: Error {
  package let problem: String

  package init(_ problem: String) { self.problem = problem }
}
