import Wording

/// The classes that `--classes`, `--labels` and files of labels can refer to: by label, or by name
/// if the classes have names.
package struct ClassList: Sendable {
  /// The number of classes. Labels are below it.
  package let count: Int
  package let names: ClassNames?

  package init(count: Int, names: ClassNames?) {
    self.count = count
    self.names = names
  }

  /// Parses labels, ranges of labels and names, such as `0-2,sneaker,"tench, Tinca tinca"`.
  ///
  /// A number is a label, unless it is in quotation marks and is the name of a class. A name with
  /// commas may be written with or without quotation marks.
  ///
  /// - Throws: a usage failure that names the option, the item and the remedy.
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

  /// Returns the labels that an item refers to.
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

  /// Returns the label of the only class with this name.
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

  /// Returns the label of a whole name with commas that was written without quotation marks, and
  /// the number of items it spans.
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

/// An error about an item that should refer to classes.
struct ClassNameError: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }
}

extension Array {
  fileprivate var only: Element? { count == 1 ? first : nil }
}

extension String {
  /// Whether the text has only digits, dashes, blanks and separators, so that it cannot be a name.
  fileprivate var looksLikeNumbers: Bool {
    allSatisfy {
      $0.isWholeNumber || $0.isWhitespace || NumberRanges.dashes.contains($0)
        || NumberRangeError.otherSeparators.contains($0)
    }
  }
}
