import Files
import Foundation

/// The folder a job's results go to: `images/` or `shards/`, `job.json` and `contact-sheet.png`; no
/// other job's as long as the value lives.
package struct OutputFolder: Sendable {
  package let path: String
  /// Where `ContactSheet` is written.
  package var contactSheetPath: String { "\(path)/\(FolderNames.contactSheet)" }

  /// Where `writeTimeline` writes.
  package var timelinePath: String { "\(path)/\(FolderNames.timeline)" }

  /// Seconds to wait for a job that has the folder: a killed one takes a few to end.
  private static let patience = 15.0
  private let lock: FolderLock

  /// Makes the folder and its parents, or takes an existing one, whatever it holds, once no other
  /// job has it.
  ///
  /// - Parameter note: told what the user should know.
  /// - Throws: `OutputError` when another job keeps it or it cannot be written to.
  package init(
    creating path: String, patience: Double? = nil, note: (String) -> Void = { _ in }
  ) throws {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
    try Self.makeFolder(path)
    lock = try FolderLock(path, patience: patience ?? Self.patience, note: note)
    try Self.tryWriting(in: path)
  }

  /// Where the numbered images, or the shards, are.
  package func imagesPath(_ format: OutputFormat) -> String {
    "\(path)/\(format.imagesFolder)"
  }

  /// Makes the folder of images or shards.
  func makeImagesFolder(_ format: OutputFormat) throws {
    let path = imagesPath(format)
    try Self.makeFolder(path)
    try Self.tryWriting(in: path)
  }

  /// Where the labels and seeds are that were read from a file.
  package static func entriesPath(in folder: String) -> String {
    "\(folder)/\(FolderNames.entries)"
  }

  /// Whether it holds labels and seeds that were read from a file.
  package var hasEntries: Bool {
    FileKind.at(Self.entriesPath(in: path), followingLinks: false) != nil
  }

  /// Writes `job.json`, every setting, keys sorted, and waits until the disk has it: it makes the
  /// folder this job's.
  package func writeJob(_ job: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let json = try encoder.encode(job) + Data("\n".utf8)
    try WholeFile.write(
      folder: path, name: FolderNames.job, temporary: TemporaryName.unique(FolderNames.job)
    ) { file in
      try json.withUnsafeBytes { try file.write($0) }
      try file.synchronize()
    }
  }

  /// Writes `contact-sheet.png`.
  func writeContactSheet(_ png: Data) throws {
    try WholeFile.write(png, folder: path, name: FolderNames.contactSheet)
  }

  /// Writes `timeline.svg`.
  package func writeTimeline(_ svg: String) throws {
    try WholeFile.write(Data(svg.utf8), folder: path, name: FolderNames.timeline)
  }

  /// The `timeline.svg` that `writeTimeline` wrote earlier; nil where there is none, or another file.
  package func timeline(beginningWith start: String) -> String? {
    guard let data = try? RegularFile.read(timelinePath, largest: 16 << 20),
      data.starts(with: start.utf8)
    else { return nil }
    return String(data: data, encoding: .utf8)
  }

  /// False when nothing is there, an error when it is not a folder.
  static func isFolder(_ path: String) throws -> Bool {
    switch FileKind.at(path) {
    case .folder: return true
    case .some: throw OutputError.notAFolder(path: path)
    case nil:
      guard let target = linkTarget(path) else { return false }
      throw OutputError.deadLink(path: path, target: target)
    }
  }

  private static func makeFolder(_ path: String) throws {
    if try isFolder(path) { return }
    // What lies nearest above it must be a folder too.
    var parent = FilePlace(path).folder
    while try parent != "." && parent != "/" && !isFolder(parent) {
      parent = FilePlace(parent).folder
    }
    do {
      try Folders.make(path, permissions: 0o777)
    } catch {
      throw OutputError.system(
        action: "create the folder", path: error.path, code: error.error.code)
    }
  }

  /// Makes and removes a file: permission bits do not tell of quotas and read-only file systems.
  private static func tryWriting(in path: String) throws {
    var template = Array("\(path)/.diffuse-mpi-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else {
      throw OutputError.system(action: "write to the folder", path: path, code: errno)
    }
    close(file)
    unlink(template)
  }
}
