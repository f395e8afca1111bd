import Glibc

/// The descriptors 0, 1 and 2 of the process.
package enum StandardDescriptors {
  /// Occupies those that were closed when the program started, so that no file or socket opened
  /// later gets their numbers and, with them, text that was meant for the user.
  ///
  /// Reading from or writing to such a descriptor fails as it does on a closed one. To be called
  /// before anything is opened.
  package static func reserve() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is taken. The root folder exists where /dev/null does not.
      let mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY
      if open("/dev/null", mode) == -1 { _ = open("/", O_RDONLY) }
    }
  }
}
