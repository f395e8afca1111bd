import Wording

/// What `--classes`, `--labels` and files of labels may name: labels, and names where classes have
/// them.
package struct ClassList: Sendable {
  /// How many classes there are; the labels are below it.
  package let count: Int
  package let names: ClassNames?

  package init(count: Int, names: ClassNames?) {
    self.count = count
    self.names = names
  }

  /// Reads `0-2,sneaker,"tench, Tinca tinca"`: labels, ranges of labels and names in any mixture.
  ///
  /// A number is a label, unless it is in quotation marks and a class is called so. A name that has
  /// commas may be written as it is, or in quotation marks.
  ///
  /// - Throws: a usage failure that names the option, the item and what would be right.
  func labels(parsing text: String, option: String) throws(Failure) -> NumberRanges {
    let items = ListItem.split(text)
    var list = NumberRanges([])
    var place = 0
    while place < items.count {
      if let (label, length) = longName(at: place, in: items) {
        list.append(label...label)
        place += length
        continue
      }
      do throws(ClassNameError) {
        list.append(try labels(of: items[place]))
      } catch {
        throw Failure(
          ListItem.problem(error.problem, in: text, of: items, option), status: .usage)
      }
      place += 1
    }
    return list
  }

  /// The labels that an item means.
  func labels(of item: ListItem) throws(ClassNameError) -> ClosedRange<Int> {
    if item.isQuoted, let label = names?.labels(named: item.text).only { return label...label }
    do throws(NumberRangeError) {
      return try NumberRanges.range(parsing: item.text, limit: count - 1)
    } catch .tooLarge(let label, _) {
      throw ClassNameError(
        "class \(label.printable) does not exist; the model's classes are 0 to \(count - 1)")
    } catch .notANumber where !item.text.looksLikeNumbers {
      let label = try label(named: item.text)
      return label...label
    } catch {
      throw ClassNameError(error.problem(item.text))
    }
  }

  /// The label of the one class that has this name.
  func label(named name: String) throws(ClassNameError) -> Int {
    guard let names else {
      throw ClassNameError(
        "'\(name.printable)' is not a number or a range such as 5-10, and the model's classes have no "
          + "names; give a file of names with --class-names")
    }
    let found = names.labels(named: name)
    guard found.count <= 1 else {
      let candidates = found.prefix(5).map { "\($0) (\(names.names[$0].printable))" }
      throw ClassNameError(
        "'\(name.printable)' is the name of \(found.count) classes; write the number of one: "
          + candidates.joined(separator: ", "))
    }
    guard let label = found.first else {
      throw ClassNameError("'\(name.printable)' is not a class; \(advice(name, names))")
    }
    return label
  }

  /// A whole name with commas that was written without quotation marks, and its number of items.
  private func longName(at place: Int, in items: [ListItem]) -> (label: Int, length: Int)? {
    guard let names, names.longestName > 1 else { return nil }
    let longest = min(names.longestName, items.count - place)
    for length in (1...longest).reversed() where length > 1 {
      let parts = items[place..<place + length]
      guard !parts.contains(where: \.isQuoted) else { continue }
      let name = parts.map(\.text).joined(separator: ", ")
      if let label = names.labels(named: name).only { return (label, length) }
    }
    return nil
  }

  private func advice(_ name: String, _ names: ClassNames) -> String {
    let near = names.suggestions(for: name).map { "'\($0.printable)'" }
    guard near.isEmpty else { return "did you mean \(near.joined(separator: " or "))?" }
    guard names.names.count <= 20 else { return "write its number, 0 to \(count - 1)" }
    return "the classes are " + names.names.map(\.printable).joined(separator: ", ")
  }
}

/// What is wrong with an item that should name classes.
struct ClassNameError: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }
}

extension Array {
  fileprivate var only: Element? { count == 1 ? first : nil }
}

extension String {
  /// Whether it has nothing but digits, dashes, blanks and separators, so that no name can be meant.
  fileprivate var looksLikeNumbers: Bool {
    allSatisfy {
      $0.isWholeNumber || $0.isWhitespace || NumberRanges.dashes.contains($0)
        || NumberRangeError.otherSeparators.contains($0)
    }
  }
}
