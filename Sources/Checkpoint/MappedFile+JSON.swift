import JSON

extension MappedFile {
  /// The last component of the path.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Reads the whole file as JSON, with the place of the problem in the error.
  func json<Value>(
    _ read: (inout JSONScanner) throws(JSONError) -> Value
  ) throws(CheckpointError) -> Value {
    var scanner = JSONScanner(bytes(0..<count))
    do throws(JSONError) {
      return try read(&scanner)
    } catch {
      throw badData("byte \(error.offset)", error.text(in: "the text"))
    }
  }
}

extension JSONError {
  /// Returns what is wrong, and what to do.
  ///
  /// - Parameter whole: the name of the JSON text in the message, such as `the header`.
  func text(in whole: String) -> String {
    let reason =
      switch problem {
      case .missing(let character): "\(character) should be here"
      case .noValue: "a value should be here"
      case .noWholeNumber: "a whole number should be here"
      case .tooLargeNumber: "a number is too large"
      case .tooManyNumbers(let limit): "the list has over \(limit) numbers"
      case .controlCharacter: "a text holds a control character"
      case .unknownEscape: "a text holds an unknown escape sequence"
      case .brokenEscape: "a text holds a broken escape sequence"
      case .unendedString: "1 bytes should follow but 0 are left"
      case .unendedValue: "\(whole) ends within a value"
      case .textAfterEnd: "text follows the end of \(whole)"
      case .content(let reason): reason
      }
    // A list that is too long is not damage.
    if case .tooManyNumbers = problem { return reason }
    return "\(reason); \(Remedy.fetchAgain)"
  }
}
