/// Returns the Levenshtein distance: the smallest number of letters to insert, delete or replace.
package func editDistance(_ first: String, _ second: String) -> Int {
  let second = Array(second)
  var row = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in second.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[second.count]
}

/// Returns the name that was probably meant, if at most a third of its letters, and at most three,
/// differ.
///
/// Case and separators are ignored. For example, `numSamples` matches `num-samples`.
package func likelyMeant(_ word: String, among names: some Sequence<String>) -> String? {
  let letters = String(word.prefix(64)).lettersAndDigits
  let distances = Set(names).sorted().map { name in
    (name, editDistance(letters, name.lettersAndDigits), name.lettersAndDigits.count)
  }
  return distances.filter { $0.1 <= min(3, max($0.2, letters.count) / 3) }.min { $0.1 < $1.1 }?.0
}

extension String {
  fileprivate var lettersAndDigits: String {
    lowercased().filter { $0.isLetter || $0.isNumber }
  }
}
