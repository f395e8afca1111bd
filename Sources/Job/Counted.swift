/// A number with its noun: `1 image`, `5 images`, `2 classes`.
///
/// - Parameter plural: the plural, unless the noun only takes an s.
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
