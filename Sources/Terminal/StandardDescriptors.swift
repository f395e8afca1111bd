import Glibc

/// The file descriptors 0, 1 and 2 of the process.
package enum StandardDescriptors {
  /// Reopens the descriptors that were closed when the program started. Otherwise files or sockets
  /// that are opened later would get their numbers, and text for the user would be written to them.
  ///
  /// Reading from or writing to such a descriptor fails, as with a closed one. Call before anything
  /// is opened.
  package static func reserve() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is used. The root folder exists even if /dev/null does not.
      let mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY
      if open("/dev/null", mode) == -1 { _ = open("/", O_RDONLY) }
    }
  }
}
