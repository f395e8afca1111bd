import Files
import Foundation

/// Facts about large files that hold until a file changes, stored in small files of the cache.
struct FileFacts {
  private let folder: CacheFolder

  private struct Record: Codable {
    let file: FileIdentity
    let text: String
  }

  init(_ folder: CacheFolder) {
    self.folder = folder
  }

  /// Returns the text last stored for the file, if the file has not changed since.
  func load(_ file: FileIdentity) -> String? {
    guard let mapping = try? ReadOnlyMapping(path(file)),
      let record = try? JSONDecoder().decode(Record.self, from: Data(mapping.bytes)),
      record.file == file
    else { return nil }
    // The modification time records when the file was last used.
    utimensat(AT_FDCWD, path(file), nil, AT_SYMLINK_NOFOLLOW)
    return record.text
  }

  /// Stores a text about a file. If this fails, it is determined again next time.
  func store(_ text: String, of file: FileIdentity) {
    guard (try? folder.make()) != nil,
      let data = try? JSONEncoder().encode(Record(file: file, text: text))
    else { return }
    // If the text cannot be stored, no partial file is left.
    guard let partial = try? AtomicFile(template: folder.path(of: "XXXXXX"), suffix: ".known"),
      (try? partial.file.write(Array(data), at: 0)) != nil
    else { return }
    try? partial.commit(to: path(file))
  }

  func path(_ file: FileIdentity) -> String {
    folder.path(of: "\(file.device)-\(file.inode).known")
  }
}
