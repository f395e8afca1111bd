import Files

/// An error while a cache file is written or used. The job continues without the file.
enum CacheError: Error, Equatable, CustomStringConvertible {
  /// A system call failed with the errno `code`.
  case system(path: String, code: Int32)
  /// The file belongs to another user, or another user may write to it.
  case foreign(path: String)
  /// The contents of the file are wrong.
  case damaged(path: String)

  var description: String {
    switch self {
    case .system(let path, let code): "\(path): \(SystemError(code))"
    case .foreign(let path): "\(path): belongs to another user, or others may write to it"
    case .damaged(let path): "\(path): is damaged"
    }
  }

  /// Returns the result of a system call. Its error names the file.
  static func naming<Result>(
    _ path: String, _ call: @autoclosure () throws(SystemError) -> Result
  ) throws(CacheError) -> Result {
    do { return try call() } catch { throw .system(path: path, code: error.code) }
  }
}
