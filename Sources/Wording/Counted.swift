/// A number with its noun: `1 image`, `5 images`, `2 classes`.
///
/// - Parameters:
///   - plural: the plural, unless the noun only takes an s.
///   - isGrouped: whether the number has commas: `1,000,000 images`.
package func counted(
  _ count: Int, _ noun: String, plural: String? = nil, isGrouped: Bool = false
) -> String {
  let number = isGrouped ? count.grouped : String(count)
  return "\(number) \(count == 1 ? noun : plural ?? noun + "s")"
}

extension Int {
  /// With commas: `1,000,000`.
  package var grouped: String {
    var digits = Array(String(magnitude))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (self < 0 ? "-" : "") + String(digits)
  }
}
