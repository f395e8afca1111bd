import Glibc

/// A system call that failed, with the value of `errno`.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  package let code: Int32

  package init(_ code: Int32) { self.code = code }

  /// The error of the system call that just failed.
  package static var last: SystemError { SystemError(errno) }

  /// The system's description, such as `No space left on device`.
  package var description: String { String(cString: strerror(code)) }

  /// Returns the system's description, except where it would name the wrong cause.
  ///
  /// - Parameter path: the file that the call accessed.
  package func text(at path: String) -> String {
    isLackOfInodes(at: path) ? "no free inodes on the file system" : description
  }

  /// Returns whether the file system has space but no free inode, which the system reports as a
  /// full disk.
  package func isLackOfInodes(at path: String) -> Bool {
    var room = statvfs()
    guard code == ENOSPC, statvfs(FilePlace.nearestExisting(path), &room) == 0 else {
      return false
    }
    return room.f_files > 0 && room.f_favail == 0 && room.f_bavail > 0
  }

  /// Returns the result of a system call. Throws if it is negative.
  ///
  /// A call that a signal interrupts is repeated.
  static func check<Result: SignedInteger>(
    _ call: () -> Result
  ) throws(SystemError) -> Result {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw .last }
    }
  }
}

/// An error of something that may succeed later without any change to the request, for example
/// after space on a full disk was freed, a file system came back, or a ticket was renewed.
package protocol TransientError: Error {
  var isTransient: Bool { get }
}

extension SystemError: TransientError {
  package var isTransient: Bool {
    let passing = [
      ENOSPC, EDQUOT, EROFS, EIO, ESTALE, ENOTCONN, EAGAIN, ENFILE, EMFILE, ETIMEDOUT, EINTR,
      ENOMEM, ENOBUFS, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, EBUSY, EACCES, EKEYEXPIRED,
    ]
    return passing.contains(code)
  }
}
