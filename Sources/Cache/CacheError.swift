import Foundation

/// Why a file of the cache could not be made or used; a job goes on without it.
enum CacheError: Error, Equatable, CustomStringConvertible {
  /// A system call failed with the errno `code`.
  case system(path: String, code: Int32)
  /// Others than the user own the file, or may write to it.
  case foreign(path: String)
  /// The file does not hold what it should.
  case damaged(path: String)

  var description: String {
    switch self {
    case .system(let path, let code): "\(path): \(String(cString: strerror(code)))"
    case .foreign(let path): "\(path): belongs to another user, or others may write to it"
    case .damaged(let path): "\(path): is damaged"
    }
  }

  /// The error of the system call that just failed.
  static func system(_ path: String) -> CacheError { .system(path: path, code: errno) }
}
