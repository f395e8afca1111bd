import Foundation

/// The reason of a failed system call in words, with what helps.
enum SystemReason {
  /// The system's words, except where they name the wrong cause.
  static func text(_ code: Int32, path: String) -> String {
    code == ENOSPC && lacksInodes(path)
      ? "no free inodes on the file system" : String(cString: strerror(code))
  }

  /// What to do, beginning with a semicolon; empty where nothing general helps.
  static func advice(_ code: Int32, path: String) -> String {
    switch code {
    case ENOSPC where lacksInodes(path):
      "; it has room but cannot hold more files (see df -i): remove some there, choose another "
        + "--out, or use --format tar, which writes fewer files"
    case ENOSPC: "; make room there or choose another --out"
    case EDQUOT: "; your quota there is used up (see quota -s): make room or choose another --out"
    case EFBIG: "; \(fileSizeLimit)"
    case ENOENT where isGone(path):
      "; its folder was removed or its file system is gone: choose another --out"
    case EACCES, ENOENT, ENOTDIR, EPERM, EROFS, ELOOP, ENAMETOOLONG: "; choose another --out"
    default: ""
    }
  }

  private static var fileSizeLimit: String {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    return limit.rlim_cur == rlim_t.max
      ? "the file system cannot hold a file of that size: choose another --out"
      : "files are limited to \(limit.rlim_cur) bytes (see ulimit -f): raise that limit"
  }

  /// Whether the file system has room but no inode left, which the system reports as a full disk.
  private static func lacksInodes(_ path: String) -> Bool {
    var room = statvfs()
    guard statvfs(existing(path), &room) == 0 else { return false }
    return room.f_files > 0 && room.f_favail == 0 && room.f_bavail > 0
  }

  private static func isGone(_ path: String) -> Bool {
    access(FilePlace(path).folder, F_OK) != 0
  }

  /// The path, or the nearest folder above it that exists.
  private static func existing(_ path: String) -> String {
    var place = path
    while access(place, F_OK) != 0, place != "/", place != "." { place = FilePlace(place).folder }
    return place
  }
}
