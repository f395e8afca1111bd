import Foundation

/// The folder a job's results go to: `images/`, `job.json` and `contact-sheet.png`.
package struct OutputFolder: Sendable {
  package let path: String
  /// Where the numbered images and their metadata are.
  package var imagesPath: String { "\(path)/images" }
  /// Where `ContactSheet` is written.
  package var contactSheetPath: String { "\(path)/\(Self.contactSheetName)" }

  static let contactSheetName = "contact-sheet.png"
  static let jobName = "job.json"

  /// Makes the folder, its parents and `images/`, or takes an existing folder without results.
  ///
  /// Leaves nothing but empty folders behind, so that a job that fails before its first image can
  /// be started again.
  ///
  /// - Throws: `OutputError` when a job's file is there or the folder cannot be written to.
  package init(creating path: String) throws {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
    try Self.refuseResults(in: path)
    try Self.makeFolder(path)
    try Self.makeFolder(imagesPath)
    try Self.tryWriting(in: path)
    try Self.tryWriting(in: imagesPath)
  }

  /// Writes `images/000123.png` for index 123.
  package func writeImage(_ png: some ContiguousBytes, index: Int) throws {
    try WholeFile.write(png, folder: imagesPath, name: ImageRecord.fileName(index: index))
  }

  /// Reads an image back.
  package func readImage(index: Int) throws -> RGBImage {
    let path = "\(imagesPath)/\(ImageRecord.fileName(index: index))"
    do {
      return try RGBImage.decode(png: Data(contentsOf: URL(fileURLWithPath: path))).image
    } catch OutputError.unreadableImage(_, let reason) {
      throw OutputError.unreadableImage(path: path, reason: reason)
    } catch {
      throw OutputError.unreadableImage(path: path, reason: error.localizedDescription)
    }
  }

  /// Writes `job.json`: every setting, keys sorted.
  package func writeJob(_ job: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let json = try encoder.encode(job) + Data("\n".utf8)
    try WholeFile.write(json, folder: path, name: Self.jobName)
  }

  /// Writes `contact-sheet.png`.
  func writeContactSheet(_ png: Data) throws {
    try WholeFile.write(png, folder: path, name: Self.contactSheetName)
  }

  /// Refuses a folder that holds a job's file; files of other names may lie there, such as the
  /// logs of a batch system.
  private static func refuseResults(in path: String) throws {
    let files = FileManager.default
    for name in [jobName, contactSheetName] where files.fileExists(atPath: "\(path)/\(name)") {
      throw OutputError.folderInUse(folder: path, found: name)
    }
    let imagesPath = "\(path)/images"
    guard try isFolder(imagesPath) else { return }
    guard let images = try? files.contentsOfDirectory(atPath: imagesPath) else {
      throw OutputError.system(action: "list", path: imagesPath, code: EACCES)
    }
    if let first = images.min() {
      throw OutputError.folderInUse(folder: path, found: "images/\(first)")
    }
  }

  /// False when nothing is there, an error when it is not a folder.
  private static func isFolder(_ path: String) throws -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
    guard isFolder.boolValue else { throw OutputError.notAFolder(path: path) }
    return true
  }

  private static func makeFolder(_ path: String) throws {
    if try isFolder(path) { return }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if parent != path { try makeFolder(parent) }
    // Another job may have made it in the meantime.
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw OutputError.system(action: "create the folder", path: path, code: errno)
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
