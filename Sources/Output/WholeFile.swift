import Foundation

/// Files that appear whole or not at all.
enum WholeFile {
  /// Writes `data` under a hidden temporary name beside its place and renames it there.
  ///
  /// There is no fsync: the rename alone keeps readers, and a job that is killed, from leaving half
  /// a file, and waiting for the disk at every image would cost more than making a small one.
  static func write(_ data: some ContiguousBytes, folder: String, name: String) throws {
    let path = "\(folder)/\(name)"
    let partial = "\(folder)/.\(name).partial"
    do {
      try write(data, to: partial, flags: O_CREAT | O_TRUNC, reportedAs: path)
      guard rename(partial, path) == 0 else {
        throw OutputError.system(action: "write", path: path, code: errno)
      }
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// Adds `data` at the end of a file that exists, in one write where the system takes it at once;
  /// when there is no room for all of it, none stays.
  static func append(_ data: Data, to path: String) throws {
    try write(data, to: path, flags: O_APPEND, reportedAs: path)
  }

  /// Makes an empty file that must not have been there.
  static func create(_ path: String) throws {
    try write(Data(), to: path, flags: O_CREAT | O_EXCL, reportedAs: path)
  }

  private static func write(
    _ data: some ContiguousBytes, to path: String, flags: Int32, reportedAs shown: String
  ) throws {
    let file = open(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
    guard file >= 0 else { throw OutputError.system(action: "open", path: shown, code: errno) }
    let oldEnd = lseek(file, 0, SEEK_END)
    var code = writeAll(data, to: file)
    if code != 0 { ftruncate(file, oldEnd) }
    // Network file systems may report a full disk only here.
    if close(file) != 0 && code == 0 { code = errno }
    guard code == 0 else { throw OutputError.system(action: "write", path: shown, code: code) }
  }

  /// Returns 0 or an errno.
  private static func writeAll(_ data: some ContiguousBytes, to file: Int32) -> Int32 {
    data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return errno }
        done += count
      }
      return 0
    }
  }
}
