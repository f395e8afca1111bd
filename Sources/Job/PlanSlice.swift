/// A part of a plan that is made by a job of its own: the I-th of N parts of about equal size.
package struct PlanSlice: Sendable, Equatable {
  /// The number of the part, from 1.
  package let number: Int
  /// The number of parts.
  package let count: Int

  /// The largest number of parts.
  package static let largestCount = 99_999

  /// Returns `nil` unless `1 ≤ number ≤ count ≤ largestCount`.
  package init?(_ number: Int, of count: Int) {
    guard 1 <= number, number <= count, count <= Self.largestCount else { return nil }
    self.number = number
    self.count = count
  }

  /// Parses `I/N`, such as `3/50`.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.allSatisfy(\.isNumber) }),
      let number = Int(parts[0]), let count = Int(parts[1])
    else { return nil }
    self.init(number, of: count)
  }

  /// The text that `init(_:)` parses.
  package var text: String { "\(number)/\(count)" }

  /// Returns the images of the part.
  ///
  /// - Parameters:
  ///   - total: the number of images of the plan.
  ///   - unit: the number of images that stay together. Every part begins at a multiple of it. If
  ///     there are fewer units than parts, some parts have no images.
  package func indices(of total: Int, unit: Int = 1) -> Range<Int> {
    let units = (total + unit - 1) / unit
    let ends = [number - 1, number].map { min(total, units * $0 / count * unit) }
    return ends[0]..<ends[1]
  }
}

/// Encoded as its text, such as `"3/50"`.
extension PlanSlice: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let slice = PlanSlice(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a slice is a text such as 3/50")
    }
    self = slice
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
