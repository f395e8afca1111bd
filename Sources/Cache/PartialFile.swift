import Checkpoint
import Foundation

/// A file that is being written under a temporary name, by one process at a time.
///
/// The lock is on the file itself and goes with the process that holds it, however that ends: the
/// next one to wait gets it, and writes the file anew.
final class PartialFile {
  private let descriptor: Int32
  private let path: String

  /// Opens or makes the file at `path`, and waits for whoever is writing it.
  ///
  /// - Returns: `nil` when that one moved the file to its place, or gave it up.
  static func lock(_ path: String) throws(CacheError) -> PartialFile? {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard file >= 0 else { throw .system(path) }
    let partial = PartialFile(file, path)
    _ = try ReadOnlyMapping.ownSize(file, path)
    while flock(file, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .system(path) }
    }
    return partial.isInPlace ? partial : nil
  }

  private init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    // Closing alone would leave the lock with the mappings.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Whether the file is still the one of its name.
  private var isInPlace: Bool {
    var (mine, there) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && lstat(path, &there) == 0
      && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
  }

  func remove() {
    if isInPlace { unlink(path) }
  }

  /// Puts the file, whole and on the disk, where readers look for it.
  ///
  /// - Returns: what it can be known by from now on.
  func move(to finalPath: String) throws(CacheError) -> FileIdentity {
    guard fsync(descriptor) == 0 else { throw .system(finalPath) }
    guard isInPlace else { throw .system(path: path, code: ENOENT) }
    guard rename(path, finalPath) == 0 else { throw .system(finalPath) }
    guard let identity = FileIdentity(descriptor: descriptor) else { throw .system(finalPath) }
    return identity
  }

  /// Maps `range`, which starts at a page, to be written; makes sure that the disk has room for it,
  /// for to touch a page that it has not is fatal.
  func map(_ range: Range<Int>) throws(CacheError) -> UnsafeMutableRawBufferPointer {
    var code = EINTR
    while code == EINTR {
      code = posix_fallocate(descriptor, off_t(range.lowerBound), off_t(range.count))
    }
    guard code == 0 else { throw .system(path: path, code: code) }
    let base = mmap(
      nil, range.count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(range.lowerBound))
    guard let base, base != MAP_FAILED else { throw .system(path) }
    return UnsafeMutableRawBufferPointer(start: base, count: range.count)
  }

  func resize(to byteCount: Int) throws(CacheError) {
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw .system(path) }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(CacheError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .system(path) }
      done += count
    }
  }
}
