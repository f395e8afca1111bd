/// A number with its noun: `1 image`, `5 images`, `2 classes`.
///
/// - Parameters:
///   - plural: the plural of the noun; by default, the noun with an s.
///   - isGrouped: whether the number has commas, as in `1,000,000 images`.
package func counted(
  _ count: Int, _ noun: String, plural: String? = nil, isGrouped: Bool = false
) -> String {
  let number = isGrouped ? count.grouped : String(count)
  return "\(number) \(count == 1 ? noun : plural ?? noun + "s")"
}

extension Int {
  /// The number with commas between groups of three digits, such as `1,000,000`.
  package var grouped: String {
    var digits = Array(String(magnitude))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (self < 0 ? "-" : "") + String(digits)
  }
}
