import Job
import Wording

/// Parses the lists of `--classes` and `--labels`.
extension ClassList {
  /// Parses labels, ranges of labels and names, such as `0-2,sneaker,"tench, Tinca tinca"`.
  ///
  /// A number is a label, unless it is in quotation marks and is the name of a class. A name with
  /// commas may be written with or without quotation marks.
  ///
  /// - Throws: a usage failure that names the option, the item and the remedy.
  package func labels(parsing text: String, option: String) throws(Failure) -> NumberRanges {
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
  private func labels(of item: ListItem) throws(ClassNameError) -> ClosedRange<Int> {
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

  private func label(named name: String) throws(ClassNameError) -> Int {
    guard let names else {
      throw ClassNameError(
        "'\(name.printable)' is not a number or a range such as 5-10, and the model's classes have no "
          + "names; give a file of names with --class-names")
    }
    return try names.label(named: name)
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
