import Job

extension ClosedRange<Double> {
  /// Parses a range such as `0.05-50`, whose bounds are numbers of 0 or more.
  ///
  /// - Parameter option: the option that has the range, for messages.
  /// - Throws: a usage error if the text is not a range, or if it is empty.
  package init(parsing text: String, option: String) throws(Failure) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let bounds = parts.compactMap { Double($0.trimmingPrefix(" ")) }
    guard parts.count == 2, bounds.count == 2, bounds.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw Failure(
        "\(option): '\(text)' is not a range; write two numbers, such as 0.05-50", status: .usage)
    }
    guard bounds[0] <= bounds[1] else {
      throw Failure(
        "\(option): \(text) is empty; write the lower number first", status: .usage)
    }
    self = bounds[0]...bounds[1]
  }
}
