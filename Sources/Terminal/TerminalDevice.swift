import Foundation

/// The terminal that standard error is connected to, and the width of the one of standard output.
package struct TerminalDevice: Sendable {
  /// The width in columns. It is read at each call, so that resizing needs no signal.
  package let columns: @Sendable () -> Int
  /// Whether the terminal understands escape sequences.
  package let canErase: Bool

  package init(canErase: Bool = true, columns: @escaping @Sendable () -> Int) {
    self.canErase = canErase
    self.columns = columns
  }

  /// Returns `nil` if standard error is not connected to a terminal.
  ///
  /// - Parameter isLaunched: whether mpirun started this process. mpirun gives its processes a pipe
  ///   for standard error and copies it to its own, so the parent's standard error counts.
  package static func ofStandardError(isLaunched: Bool) -> TerminalDevice? {
    if isatty(STDERR_FILENO) == 1 { return TerminalDevice { width(of: STDERR_FILENO) } }
    let parentsError = "/proc/\(getppid())/fd/\(STDERR_FILENO)"
    guard isLaunched, isTerminal(parentsError) else { return nil }
    return TerminalDevice { width(at: parentsError) ?? width(at: "/dev/tty") }
  }

  /// The width to which reports on standard output are fitted: that of its terminal, otherwise
  /// `$COLUMNS`, or 80.
  package static var outputColumns: Int {
    TerminalDevice { isatty(STDOUT_FILENO) == 1 ? width(of: STDOUT_FILENO) : nil }.columns()
  }

  private init(width: @escaping @Sendable () -> Int?) {
    let variables = ProcessInfo.processInfo.environment
    let usual = variables["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    self.init(canErase: ![nil, "", "dumb"].contains(variables["TERM"])) { width() ?? usual }
  }

  private static func isTerminal(_ path: String) -> Bool {
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    return target.map { $0.hasPrefix("/dev/pts/") || $0.hasPrefix("/dev/tty") } ?? false
  }

  private static func width(at path: String) -> Int? {
    let descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return width(of: descriptor)
  }

  /// The width, or `nil` if it is not known, for example on a serial line.
  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
