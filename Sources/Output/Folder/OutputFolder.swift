import Files
import Foundation

/// The folder for the results of a job: `images/` or `shards/`, `job.json` and `contact-sheet.png`.
/// No other job can use it while this value exists.
package struct OutputFolder: Sendable {
  package let path: String
  /// The path of the contact sheet.
  package var contactSheetPath: String { "\(path)/\(FolderNames.contactSheet)" }

  /// The path of the timeline.
  package var timelinePath: String { "\(path)/\(FolderNames.timeline)" }

  /// How long to wait for another job in the folder, in seconds. A killed job takes a few seconds
  /// to end.
  private static let patience = 15.0
  private let lock: FolderLock

  /// Creates the folder and its parents, or uses an existing one with any content. Waits until no
  /// other job uses it.
  ///
  /// - Parameter note: receives messages for the user.
  /// - Throws: `OutputError` if another job continues to use the folder, or if it cannot be written
  ///   to.
  package init(
    creating path: String, patience: Double? = nil, note: (String) -> Void = { _ in }
  ) throws {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
    try Self.makeFolder(path)
    lock = try FolderLock(path, patience: patience ?? Self.patience, note: note)
    try Self.tryWriting(in: path, as: FolderNames.job)
  }

  /// Returns the path of the numbered images or the shards.
  package func imagesPath(_ format: OutputFormat) -> String {
    "\(path)/\(format.imagesFolder)"
  }

  /// Creates the folder of images or shards.
  func makeImagesFolder(_ format: OutputFormat) throws {
    let path = imagesPath(format)
    try Self.makeFolder(path)
    try Self.tryWriting(in: path, as: MetadataFile.name)
  }

  /// Returns the path of the labels and seeds that were read from a file.
  package static func entriesPath(in folder: String) -> String {
    "\(folder)/\(FolderNames.entries)"
  }

  /// Whether the folder holds labels and seeds that were read from a file.
  package var hasEntries: Bool {
    FileKind.at(Self.entriesPath(in: path), followingLinks: false) != nil
  }

  /// Writes `job.json` with every setting, sorted by key, and waits until it is on the disk. With
  /// it, the folder belongs to this job.
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

  /// Writes the picture of an image's trajectory.
  func writeTrajectory(_ png: [UInt8], index: Int) throws {
    try WholeFile.write(png, folder: path, name: FolderNames.trajectory(index: index))
  }

  /// Returns the path of the picture of an image's trajectory.
  package func trajectoryPath(index: Int) -> String {
    "\(path)/\(FolderNames.trajectory(index: index))"
  }

  /// Returns whether the picture of an image's trajectory exists.
  package func hasTrajectory(index: Int) -> Bool {
    FileKind.at(trajectoryPath(index: index), followingLinks: false) != nil
  }

  /// Writes `timeline.svg`.
  package func writeTimeline(_ svg: String) throws {
    try WholeFile.write(Data(svg.utf8), folder: path, name: FolderNames.timeline)
  }

  /// Returns the `timeline.svg` that `writeTimeline` wrote earlier, or `nil` if there is none or if
  /// it is another file.
  package func timeline(beginningWith start: String) -> String? {
    guard let data = try? RegularFile.read(timelinePath, largest: 16 << 20),
      data.starts(with: start.utf8)
    else { return nil }
    return String(data: data, encoding: .utf8)
  }

  /// Returns whether the folder exists.
  ///
  /// - Throws: `OutputError` if something else exists at this path.
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
    // The nearest existing parent must be a folder too.
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

  /// Creates and removes a file, because permission bits do not cover quotas and read-only file
  /// systems.
  ///
  /// - Parameter name: a name that the job uses there. If the process is killed, the next start
  ///   removes the file like others that are incomplete.
  private static func tryWriting(in path: String, as name: String) throws {
    let file = "\(path)/\(TemporaryName.unique(name))"
    try attempt("write to the folder", path, try OpenFile(file, O_WRONLY | O_CREAT | O_EXCL))
    unlink(file)
  }
}
